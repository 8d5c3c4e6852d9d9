/** What a user may spend, when its holder is alerted, and from where it may act. */

import { Button, Code, Group, Progress, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';
import { Section } from '~/ui/page';
import { Ago, Credits, Facts, State } from '~/ui/values';
import { ContactState } from './contact';
import type { UserOfPage } from './documents';

interface RuleProps {
  user: UserOfPage;
  /** Open the dialog that changes it. */
  change: () => void;
}

function Rule({ title, change, children }: { title: string; change: () => void; children: ReactNode }) {
  const t = useTranslations('userPage');
  return (
    <Section
      title={title}
      actions={
        <Button variant="default" size="xs" onClick={change} aria-label={t('changeOf', { rule: title })}>
          {t('change')}
        </Button>
      }
    >
      {children}
    </Section>
  );
}

export function QuotaRule({ user: { quota }, change }: RuleProps) {
  const t = useTranslations('userPage.quota');
  const formats = useFormats();
  const left = Number(quota.left);
  const assigned = Number(quota.assigned);
  return (
    <Rule title={t('title')} change={change}>
      {!quota.enabled && <Text size="sm">{t('off')}</Text>}
      {quota.enabled && (
        <Stack gap={8}>
          <Group justify="space-between" gap="xs">
            <Text size="sm">{t('left', { left: formats.credits(quota.left), assigned: formats.credits(quota.assigned) })}</Text>
            {left <= 0 && <State tone="bad">{t('blocked')}</State>}
          </Group>
          <Progress
            value={assigned > 0 ? Math.min(100, (left / assigned) * 100) : 0}
            aria-label={t('share')}
            size="sm"
          />
        </Stack>
      )}
    </Rule>
  );
}

export function AlertRule({ account, user: { limit }, change }: RuleProps & { account: string }) {
  const t = useTranslations('userPage.alert');
  const users = useTranslations('users');
  const { enabled, threshold, channel, email, emailState, phoneNumber, phoneNumberState, armed, lastAlertAt } = limit;
  if (!enabled) {
    return (
      <Rule title={t('title')} change={change}>
        <Text size="sm">{t('off')}</Text>
      </Rule>
    );
  }
  const facts: [string, ReactNode][] = [
    [t('threshold'), <Credits key="threshold" value={threshold} />],
    [t('channel'), channel && users(`channel.${channel}`)],
  ];
  if (email && emailState) facts.push([t('email'), <ContactState key="email" account={account} email={email} state={emailState} />]);
  if (phoneNumber && phoneNumberState) {
    facts.push([t('phoneNumber'), <ContactState key="phone" account={account} phoneNumber={phoneNumber} state={phoneNumberState} />]);
  }
  facts.push([t('last'), <Ago key="last" time={lastAlertAt} />]);
  return (
    <Rule title={t('title')} change={change}>
      <Stack gap="sm">
        <Facts facts={facts} />
        {!armed && (
          <Text size="sm" c="dimmed">
            {t('disarmed')}
          </Text>
        )}
      </Stack>
    </Rule>
  );
}

export function RestrictionsRule({ user: { ipRestrictions }, change }: RuleProps) {
  const t = useTranslations('userPage.restrictions');
  return (
    <Rule title={t('title')} change={change}>
      {ipRestrictions.length === 0 ? (
        <Text size="sm">{t('none')}</Text>
      ) : (
        <Stack gap={6} component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label={t('title')}>
          {ipRestrictions.map((address) => (
            <li key={address}>
              <Code style={{ overflowWrap: 'anywhere' }}>{address}</Code>
            </li>
          ))}
        </Stack>
      )}
    </Rule>
  );
}
