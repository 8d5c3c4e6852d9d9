/** The person's own menu: profile, language, colours, and the way out. */

import { ActionIcon, Menu, SegmentedControl, Text, useMantineColorScheme } from '@mantine/core';
import { IconCode, IconLogout, IconUser, IconUserCircle } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { graphql } from '~/graphql';
import { LOCALES, type Locale } from '~/i18n/locales';
import { useLocaleChoice } from '~/i18n/provider';
import { useSession, useViewer } from '~/session';

const ServerQuery = graphql(`
  query ServerAbout {
    about { graphiql }
  }
`);

export function PersonMenu() {
  const t = useTranslations('nav');
  const viewer = useViewer();
  const { signOut } = useSession();
  const [{ data }] = useQuery({ query: ServerQuery });
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
            {viewer.holder?.name}
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
        <Preferences />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          {t('signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Language and colours, for whoever is signed in or not. */
export function Preferences() {
  const t = useTranslations('nav');
  const { locale, choose } = useLocaleChoice();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <SegmentedControl
        fullWidth
        size="xs"
        my={6}
        aria-label={t('language')}
        value={locale}
        onChange={(value) => choose(value as Locale)}
        data={Object.keys(LOCALES).map((value) => ({ value, label: value.toUpperCase() }))}
      />
      <SegmentedControl
        fullWidth
        size="xs"
        mb={6}
        aria-label={t('colours')}
        value={colorScheme}
        onChange={(value) => setColorScheme(value as 'auto' | 'light' | 'dark')}
        data={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t(`scheme.${value}`) }))}
      />
    </>
  );
}
