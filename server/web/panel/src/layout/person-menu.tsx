/** The person's own menu: profile, language, colours, and the way out. */

import { ActionIcon, Menu, Text } from '@mantine/core';
import { IconCode, IconLogout, IconUser, IconUserCircle } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { graphql } from '~/graphql';
import { useSession, useViewer } from '~/session';
import { MenuPreferences } from './preferences';

const MenuQuery = graphql(`
  query PersonMenu {
    about { graphiql }
    viewer { name holder { id name } }
  }
`);

export function PersonMenu() {
  const t = useTranslations('nav');
  const viewer = useViewer();
  const { signOut } = useSession();
  const [{ data }] = useQuery({ query: MenuQuery });
  return (
    <Menu position="bottom-end" width={250} shadow="md" closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="default" size="md" aria-label={t('you')}>
          <IconUser size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" c="var(--mantine-color-text)" fw={600}>
            {data?.viewer?.holder?.name ?? viewer.holder?.name}
          </Text>
          <Text size="xs" truncate>
            {viewer.holder?.email ?? viewer.name}
          </Text>
        </Menu.Label>
        <Menu.Item component={Link} href="/profile" leftSection={<IconUserCircle size={16} />} closeMenuOnClick>
          {t('profile')}
        </Menu.Item>
        {data?.about?.graphiql && (
          <Menu.Item component="a" href="/graphiql" leftSection={<IconCode size={16} />}>
            GraphiQL
          </Menu.Item>
        )}
        <Menu.Divider />
        <MenuPreferences />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          {t('signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
