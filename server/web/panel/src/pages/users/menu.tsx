/** What can be done with one user. */

import { ActionIcon, Menu } from '@mantine/core';
import {
  IconBell,
  IconCode,
  IconCoins,
  IconDots,
  IconKey,
  IconLock,
  IconMessages,
  IconPlayerPause,
  IconPlayerPlay,
  IconTrash,
  IconWebhook,
} from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { accountPath, userPath } from '~/paths';
import type { OpenDialog } from './dialogs/dialogs';
import type { User } from './documents';

interface UserMenuProps {
  account: string;
  user: User;
  open: OpenDialog;
}

export function UserMenu({ account, user, open }: UserMenuProps) {
  const t = useTranslations('users');
  const item = (kind: Parameters<OpenDialog>[0], icon: typeof IconKey, danger = false) => {
    const Icon = icon;
    return (
      <Menu.Item leftSection={<Icon size={15} />} c={danger ? 'var(--panel-bad)' : undefined} onClick={() => open(kind, user)}>
        {t(`menu.${kind}`)}
      </Menu.Item>
    );
  };
  return (
    <Menu position="bottom-end" width={230} shadow="md">
      <Menu.Target>
        <ActionIcon data-menu-of={user.id} variant="subtle" color="gray" aria-label={t('menu.of', { login: user.login })}>
          <IconDots size={17} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconCode size={15} />} component={Link} href={userPath(account, user.login, 'send')}>
          {t('menu.send')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconMessages size={15} />}
          component={Link}
          href={accountPath(account, 'messages', { login: user.login })}
        >
          {t('menu.messages')}
        </Menu.Item>
        <Menu.Divider />
        {item('quota', IconCoins)}
        {item('limit', IconBell)}
        {item('restrictions', IconLock)}
        {item('callback', IconWebhook)}
        {item('password', IconKey)}
        <Menu.Divider />
        {user.enabled ? item('disable', IconPlayerPause) : item('enable', IconPlayerPlay)}
        {item('delete', IconTrash, true)}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Put the focus on the button that opens a user's menu. */
export function focusMenu({ id }: Pick<User, 'id'>): void {
  document.querySelector<HTMLElement>(`[data-menu-of="${id}"]`)?.focus();
}
