/** The list of rooms, and the choice of the account that they belong to. */

import { Menu, Text, UnstyledButton } from '@mantine/core';
import { IconBuilding, IconSelector } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link, useLocation } from 'wouter';
import { graphql } from '~/graphql';
import { useFormats } from '~/i18n/formats';
import { accountPath, operatorPath } from '~/paths';
import { useViewer } from '~/session';
import { ACCOUNT_ROOMS, OPERATOR_ROOMS } from './rooms';
import classes from './shell.module.css';

const AccountsQuery = graphql(`
  query NavigationAccounts {
    accounts(first: 20) {
      nodes { id name description creditsLeft }
    }
  }
`);

export function Navigation({ account }: { account: string | undefined }) {
  const t = useTranslations('nav');
  const viewer = useViewer();
  return (
    <>
      <AccountChoice account={account} />
      {account &&
        ACCOUNT_ROOMS.map(([room, Icon]) => (
          <RoomLink key={room} href={room === 'overview' ? accountPath(account) : accountPath(account, room)} exact={room === 'overview'}>
            <Icon size={17} stroke={1.7} aria-hidden />
            {t(`account.${room}`)}
          </RoomLink>
        ))}
      {viewer.holder?.isOperator && (
        <>
          <div className={classes.group}>{t('server')}</div>
          {OPERATOR_ROOMS.map(([room, Icon]) => (
            <RoomLink key={room} href={operatorPath(room)}>
              <Icon size={17} stroke={1.7} aria-hidden />
              {t(`operator.${room}`)}
            </RoomLink>
          ))}
        </>
      )}
    </>
  );
}

function RoomLink({ href, exact = false, children }: { href: string; exact?: boolean; children: ReactNode }) {
  const [location] = useLocation();
  const here = location.replace(/\/$/, '') === href || (!exact && location.startsWith(`${href}/`));
  return (
    <Link href={href} className={classes.link} aria-current={here ? 'page' : undefined}>
      {children}
    </Link>
  );
}

function AccountChoice({ account }: { account: string | undefined }) {
  const t = useTranslations('nav');
  const formats = useFormats();
  const [{ data }] = useQuery({ query: AccountsQuery });
  const accounts = data?.accounts?.nodes ?? [];
  return (
    <Menu position="bottom-start" width={260} shadow="md">
      <Menu.Target>
        <UnstyledButton className={classes.account} mb="xs">
          <span>
            <Text span size="xs" c="dimmed" display="block">
              {t('accountLabel')}
            </Text>
            <Text span size="sm" fw={600}>
              {account ?? t('chooseAccount')}
            </Text>
          </span>
          <IconSelector size={16} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {accounts.map(({ id, name, description, creditsLeft }) => (
          <Menu.Item key={id} component={Link} href={accountPath(name)}>
            <Text size="sm" fw={name === account ? 600 : 400}>
              {name}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              {description ? `${description} · ` : ''}
              {t('creditsLeft', { credits: formats.credits(creditsLeft) })}
            </Text>
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component={Link} href="/" leftSection={<IconBuilding size={15} />}>
          {t('allAccounts')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
