/** What is round every page: the head with search and the person's menu, and the way to the rooms. */

import { AppShell, Burger, Button, Group, Kbd, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';
import { Link, useLocation, useRoute } from 'wouter';
import icon from '~/icon.svg';
import { OVERLAYS } from '~/theme';
import { AccountLive, LiveMark } from './live';
import { Navigation } from './navigation';
import { PersonMenu } from './person-menu';
import classes from './shell.module.css';

const Palette = lazy(() => import('./palette'));

/** The account that the address names; undefined on pages of no account. */
export function useAccountName(): string | undefined {
  const [, params] = useRoute<{ account: string }>('/accounts/:account/*?');
  return params?.account ? decodeURIComponent(params.account) : undefined;
}

export function Shell({ children }: { children: ReactNode }) {
  const t = useTranslations('nav');
  const [opened, { toggle, close }] = useDisclosure();
  const [location] = useLocation();
  const account = useAccountName();
  const palette = usePalette();

  // On a narrow screen the way to the rooms lies over the page, and is in the way once one is chosen.
  useEffect(close, [location, close]);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 240, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', md: 'lg' }}
    >
      <a className={classes.skip} href="#content">
        {t('skip')}
      </a>
      <AppShell.Header className={classes.header}>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('menu')} />
            <Link href="/" className={classes.brand}>
              <img src={icon} alt="" width={24} height={24} />
              Chappe
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <LiveMark />
            <Button
              variant="default"
              size="xs"
              leftSection={<IconSearch size={14} />}
              rightSection={<Kbd size="xs">Ctrl K</Kbd>}
              onClick={palette.open}
              visibleFrom="sm"
            >
              <Text span size="sm" c="dimmed">
                {t('search')}
              </Text>
            </Button>
            <Button variant="default" size="xs" px={8} onClick={palette.open} hiddenFrom="sm" aria-label={t('search')}>
              <IconSearch size={16} />
            </Button>
            <PersonMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} aria-label={t('rooms')}>
        <AppShell.Section grow component={ScrollArea} type="scroll" p="sm">
          <Navigation account={account} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main className={classes.main} id="content" tabIndex={-1}>
        {children}
        <div id={OVERLAYS} />
      </AppShell.Main>
      {account && <AccountLive key={account} account={account} />}
      {palette.wanted && (
        <Suspense>
          <Palette account={account} />
        </Suspense>
      )}
    </AppShell>
  );
}

/** The command palette, whose code is fetched when it is first wanted. */
function usePalette() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setWanted(true);
      }
    };
    if (!wanted) window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [wanted]);
  const open = () => {
    if (wanted) void import('./palette').then(({ openPalette }) => openPalette());
    else setWanted(true);
  };
  return { wanted, open };
}
