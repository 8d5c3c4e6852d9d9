/** The command palette: every room, account and user by a few letters of its name. */

import '@mantine/spotlight/styles.css';
import { useDebouncedValue } from '@mantine/hooks';
import { Spotlight, spotlight } from '@mantine/spotlight';
import { IconBuilding, IconLogout, IconSearch, IconUser, IconUserCircle, IconUserPlus } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useLocation } from 'wouter';
import { graphql } from '~/graphql';
import { accountPath, operatorPath, userPath } from '~/paths';
import { useSession, useViewer } from '~/session';
import { ACCOUNT_ROOMS, OPERATOR_ROOMS } from './rooms';

const FindQuery = graphql(`
  query PaletteFind($text: String!, $account: String) {
    accounts(filter: { namePrefix: $text }, first: 5) {
      nodes { id name description }
    }
    users(account: $account, filter: { loginPrefix: $text }, first: 7) {
      nodes { id login account { id name } }
    }
  }
`);

export const openPalette = (): void => spotlight.open();

export default function Palette({ account }: { account: string | undefined }) {
  const t = useTranslations('nav');
  const [, go] = useLocation();
  const { signOut } = useSession();
  const viewer = useViewer();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 150);
  const [{ data }] = useQuery({ query: FindQuery, variables: { text: asked, account }, pause: asked === '' });
  useEffect(openPalette, []);

  const matches = (label: string) => label.toLowerCase().includes(text.trim().toLowerCase());
  const rooms = account
    ? ACCOUNT_ROOMS.map(([room, Icon]) => ({
        id: `room ${room}`,
        label: t(`account.${room}`),
        description: account,
        leftSection: <Icon size={18} />,
        onClick: () => go(room === 'overview' ? accountPath(account) : accountPath(account, room)),
      }))
    : [];
  const actions = [
    ...(account
      ? [
          {
            id: 'add user',
            label: t('addUser'),
            leftSection: <IconUserPlus size={18} />,
            onClick: () => go(accountPath(account, 'users', { add: '1' })),
          },
        ]
      : []),
    { id: 'profile', label: t('profile'), leftSection: <IconUserCircle size={18} />, onClick: () => go('/profile') },
    { id: 'out', label: t('signOut'), leftSection: <IconLogout size={18} />, onClick: () => void signOut() },
  ];
  const operator = viewer.holder?.isOperator
    ? OPERATOR_ROOMS.map(([room, Icon]) => ({
        id: `operator ${room}`,
        label: t(`operator.${room}`),
        description: t('server'),
        leftSection: <Icon size={18} />,
        onClick: () => go(operatorPath(room)),
      }))
    : [];
  const found = asked === '' ? undefined : data;
  const groups = [
    {
      group: t('palette.users'),
      actions: (found?.users?.nodes ?? []).map((user) => ({
        id: user.id,
        label: user.login,
        description: user.account.name,
        leftSection: <IconUser size={18} />,
        onClick: () => go(userPath(user.account.name, user.login)),
      })),
    },
    {
      group: t('palette.accounts'),
      actions: (found?.accounts?.nodes ?? []).map(({ id, name, description }) => ({
        id,
        label: name,
        description: description ?? undefined,
        leftSection: <IconBuilding size={18} />,
        onClick: () => go(accountPath(name)),
      })),
    },
    { group: t('palette.rooms'), actions: [...rooms, ...operator].filter(({ label }) => matches(label)) },
    { group: t('palette.actions'), actions: actions.filter(({ label }) => matches(label)) },
  ].filter(({ actions }) => actions.length > 0);

  return (
    <Spotlight.Root
      query={text}
      onQueryChange={setText}
      shortcut={['mod + K']}
      scrollable
      maxHeight={420}
      overlayProps={{ blur: 0 }}
      transitionProps={{ duration: 0 }}
      attributes={{ content: { 'aria-label': t('search') } }}
    >
      <Spotlight.Search placeholder={t('palette.ask')} aria-label={t('palette.ask')} leftSection={<IconSearch size={18} />} />
      <Spotlight.ActionsList>
        {groups.length === 0 && <Spotlight.Empty>{t('palette.nothing')}</Spotlight.Empty>}
        {groups.map(({ group, actions }) => (
          <Spotlight.ActionsGroup key={group} label={group}>
            {actions.map((action) => (
              <Spotlight.Action key={action.id} {...action} />
            ))}
          </Spotlight.ActionsGroup>
        ))}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
