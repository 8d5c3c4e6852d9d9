/** The alerts that went out, as they are raised, and what became of each mail and SMS. */

import { Anchor, Stack, Text } from '@mantine/core';
import { IconBellCheck, IconDeviceMobile, IconMail } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useFollowing } from '~/client/follow';
import { usePolling } from '~/client/polling';
import { accountPath, messagePath, userPath } from '~/paths';
import { useAddress, usePlace } from '~/ui/address';
import { FilterBar, TimeFilter, UserFilter } from '~/ui/filters';
import { Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Credits, State, Time, type Tone } from '~/ui/values';
import { type Alert, AlertChanges, type Notification, RaisedQuery } from './documents';

const FILTERS = ['login', 'from', 'to'] as const;

export function Raised({ account }: { account: string }) {
  const t = useTranslations('alerts.raised');
  const common = useTranslations('common');
  const [address, set] = useAddress([...FILTERS, 'direction']);
  const [place, go] = usePlace();
  const direction = address.direction === 'ASC' ? 'ASC' : 'DESC';
  const filter = {
    login: address.login || null,
    raisedAfter: address.from || null,
    raisedBefore: address.to || null,
  };
  const [query, again] = useQuery({ query: RaisedQuery, variables: { account, filter, direction, ...place } });
  useFollowing(AlertChanges, { account }, again);
  const waits = query.data?.account?.limitAlerts.nodes.some(({ notifications }) =>
    notifications.some(({ state }) => state === 'WAITING'),
  );
  usePolling(waits ?? false, again);
  const columns = useColumns(account);
  const active = FILTERS.filter((name) => address[name] !== '').length;
  return (
    <Section flush>
      <FilterBar active={active} onClear={() => set({ login: null, from: null, to: null })}>
        <UserFilter account={account} value={address.login} onChange={(login) => set({ login })} />
        <TimeFilter label={common('from')} value={address.from} onChange={(from) => set({ from })} />
        <TimeFilter label={common('to')} value={address.to} onChange={(to) => set({ to })} />
      </FilterBar>
      <Loaded query={query} retry={again} pick={(data) => data.account}>
        {({ limitAlerts: { nodes, totalCount, pageInfo } }) => (
          <>
            <DataTable
              label={t('title')}
              columns={columns}
              rows={nodes}
              rowKey={({ id }) => id}
              sorting={{ field: 'TIME', direction }}
              onSort={(sorting) => set({ direction: sorting.direction === 'ASC' ? 'ASC' : null })}
              empty={
                <Empty icon={<IconBellCheck size={22} />} title={t(active > 0 ? 'nothingFound' : 'empty')}>
                  {t(active > 0 ? 'nothingFoundWhy' : 'emptyWhy')}
                </Empty>
              }
            />
            <Pager total={totalCount} pageInfo={pageInfo} onPage={go} busy={query.fetching} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function useColumns(account: string): Column<Alert, 'TIME'>[] {
  const t = useTranslations('alerts.raised');
  return [
    { key: 'time', header: t('time'), order: 'TIME', render: ({ raisedAt }) => <Time time={raisedAt} /> },
    {
      key: 'whose',
      header: t('whose'),
      render: ({ userLogin }) =>
        userLogin ? (
          <Anchor component={Link} href={userPath(account, userLogin)} size="sm">
            {userLogin}
          </Anchor>
        ) : (
          <Anchor component={Link} href={accountPath(account, 'credits')} size="sm">
            {t('account')}
          </Anchor>
        ),
    },
    { key: 'left', header: t('left'), end: true, render: ({ remaining }) => <Credits value={remaining} /> },
    { key: 'threshold', header: t('threshold'), end: true, render: ({ threshold }) => <Credits value={threshold} /> },
    {
      key: 'told',
      header: t('told'),
      render: ({ notifications }) => (
        <Stack gap="xs">
          {notifications.map((notification) => (
            <Told key={`${notification.channel} ${notification.recipient}`} account={account} notification={notification} />
          ))}
        </Stack>
      ),
    },
  ];
}

const TONES = { WAITING: 'busy', SENT: 'good', FAILED: 'bad' } as const satisfies Record<Notification['state'], Tone>;

function Told({ account, notification }: { account: string; notification: Notification }) {
  const t = useTranslations('alerts.raised');
  const { channel, recipient, state, failure, attempts, sentAt, message } = notification;
  const Icon = channel === 'SMS' ? IconDeviceMobile : IconMail;
  return (
    <div>
      <Text size="sm">
        <Icon size={14} role="img" aria-label={t(channel === 'SMS' ? 'sms' : 'mail')} style={{ verticalAlign: -2 }} /> {recipient}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        <State tone={TONES[state]}>{t(`state.${state}`)}</State>
        {sentAt && (
          <>
            {' · '}
            <Time time={sentAt} />
          </>
        )}
        {attempts > 1 && ` · ${t('attempts', { count: attempts })}`}
        {message && (
          <>
            {' · '}
            <Anchor component={Link} href={messagePath(account, message.id)} inherit underline="always">
              {t('message')}
            </Anchor>
          </>
        )}
      </Text>
      {failure && (
        <Text size="xs" c="var(--panel-bad)">
          {failure}
        </Text>
      )}
    </div>
  );
}
