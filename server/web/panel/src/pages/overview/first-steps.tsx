/** What a new account needs before its programs can send. */

import { Anchor, Group, List, Text, ThemeIcon } from '@mantine/core';
import { IconCheck, IconCircle } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { accountPath, userPath } from '~/paths';
import { Section } from '~/ui/page';
import type { Overview } from './queries';

export function FirstSteps({ overview }: { overview: Overview }) {
  const t = useTranslations('overview.firstSteps');
  const { name, users, senders, messages } = overview;
  const [user] = users.nodes;
  const steps = [
    { key: 'user', done: users.totalCount > 0, href: accountPath(name, 'users', { add: '1' }) },
    {
      key: 'sender',
      done: senders.nodes.some(({ status }) => status === 'ENABLED'),
      href: accountPath(name, 'senders'),
    },
    {
      key: 'send',
      done: messages.nodes.length > 0,
      href: user ? userPath(name, user.login, 'send') : accountPath(name, 'send'),
    },
  ] as const;
  if (steps.every(({ done }) => done)) return null;
  return (
    <Section title={t('title')} description={t('description')}>
      <List listStyleType="none" spacing="sm">
        {steps.map(({ key, done, href }) => (
          <List.Item
            key={key}
            icon={
              <ThemeIcon size={22} radius="xl" variant={done ? 'filled' : 'default'} role="img" aria-label={t(done ? 'done' : 'open')}>
                {done ? <IconCheck size={14} /> : <IconCircle size={10} />}
              </ThemeIcon>
            }
          >
            <Group gap={8}>
              {done ? (
                <Text td="line-through" c="dimmed">
                  {t(`${key}.title`)}
                </Text>
              ) : (
                <Anchor component={Link} href={href} fw={600}>
                  {t(`${key}.title`)}
                </Anchor>
              )}
              <Text size="sm" c="dimmed">
                {t(`${key}.why`)}
              </Text>
            </Group>
          </List.Item>
        ))}
      </List>
    </Section>
  );
}
