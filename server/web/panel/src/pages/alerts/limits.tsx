/** The thresholds: the account's own, and those of its users, each with whom it tells. */

import { Alert, Anchor, Button, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconBell } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { ContactState } from '~/pages/user/contact';
import { accountPath, userPath } from '~/paths';
import { usePlace } from '~/ui/address';
import { Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Ago, Credits, Facts, State } from '~/ui/values';
import { type AccountWithLimit, LimitsQuery, type UserWithLimit } from './documents';
import { LimitDialog } from './limit-dialog';
import { SenderDialog } from './sender-dialog';

export function Limits({ account }: { account: string }) {
  const [place, go] = usePlace();
  const [query, again] = useQuery({ query: LimitsQuery, variables: { account, ...place } });
  return (
    <Loaded query={query} retry={again} pick={(data) => data.account}>
      {(found) => (
        <Stack gap="lg">
          <OwnLimit account={found} />
          {query.data?.users && (
            <UsersLimits account={account} users={query.data.users} onPage={go} busy={query.fetching} />
          )}
        </Stack>
      )}
    </Loaded>
  );
}

function OwnLimit({ account }: { account: AccountWithLimit }) {
  const t = useTranslations('alerts.own');
  const [changing, setChanging] = useState<'limit' | 'sender'>();
  const { enabled, channel } = account.limit;
  const bySms = enabled && channel !== 'MAIL';
  return (
    <Section
      title={t('title')}
      description={t('description', { account: account.name })}
      actions={
        <Button variant={enabled ? 'default' : undefined} size="xs" onClick={() => setChanging('limit')}>
          {t(enabled ? 'change' : 'set')}
        </Button>
      }
    >
      <Stack gap="md">
        {bySms && !account.alertSender && (
          <Alert color="orange" variant="outline" icon={<IconAlertTriangle />}>
            {t('noSenderWhy')}
          </Alert>
        )}
        <Facts facts={useOwnFacts(account, () => setChanging('sender'))} />
        {enabled && !account.limit.armed && (
          <Text size="sm" c="dimmed">
            {t('disarmed')}
          </Text>
        )}
      </Stack>
      {changing === 'limit' && <LimitDialog account={account} onClose={() => setChanging(undefined)} />}
      {changing === 'sender' && <SenderDialog account={account} onClose={() => setChanging(undefined)} />}
    </Section>
  );
}

function useOwnFacts({ name, creditsLeft, alertSender, limit }: AccountWithLimit, onSender: () => void) {
  const t = useTranslations('alerts.own');
  const users = useTranslations('users');
  const facts: [string, ReactNode][] = [
    [t('state'), limit.enabled ? <State tone="good">{t('on')}</State> : <State tone="idle">{t('off')}</State>],
    [t('left'), <Credits key="left" value={creditsLeft} />],
  ];
  if (limit.enabled) {
    facts.push([t('threshold'), <Credits key="threshold" value={limit.threshold} />]);
    facts.push([t('channel'), limit.channel && users(`channel.${limit.channel}`)]);
    facts.push([t('told'), <Contacts key="told" account={name} limit={limit} />]);
    facts.push([t('last'), <Ago key="last" time={limit.lastAlertAt} />]);
  }
  facts.push([
    t('sender'),
    <span key="sender">
      {alertSender ?? t('noSender')}{' '}
      <Button variant="default" size="compact-xs" ml={6} onClick={onSender}>
        {t('chooseSender')}
      </Button>
    </span>,
  ]);
  return facts;
}

/** Whom a limit tells, and whether they want it. */
function Contacts({ account, limit }: { account: string; limit: UserWithLimit['limit'] }) {
  const { email, emailState, phoneNumber, phoneNumberState } = limit;
  return (
    <Stack gap="sm">
      {email && emailState && <ContactState account={account} email={email} state={emailState} />}
      {phoneNumber && phoneNumberState && (
        <ContactState account={account} phoneNumber={phoneNumber} state={phoneNumberState} />
      )}
    </Stack>
  );
}

interface UsersLimitsProps {
  account: string;
  users: { totalCount: number; pageInfo: Parameters<typeof Pager>[0]['pageInfo']; nodes: readonly UserWithLimit[] };
  onPage: (place: { after?: string; before?: string }) => void;
  busy: boolean;
}

function UsersLimits({ account, users: { totalCount, pageInfo, nodes }, onPage, busy }: UsersLimitsProps) {
  const t = useTranslations('alerts.users');
  const users = useTranslations('users');
  const columns: Column<UserWithLimit>[] = [
    {
      key: 'login',
      header: t('login'),
      render: ({ login }) => (
        <Anchor component={Link} href={userPath(account, login)} size="sm" fw={600}>
          {login}
        </Anchor>
      ),
    },
    { key: 'at', header: t('threshold'), end: true, render: ({ limit }) => <Credits value={limit.threshold} /> },
    { key: 'by', header: t('channel'), render: ({ limit }) => limit.channel && users(`channel.${limit.channel}`) },
    { key: 'told', header: t('told'), render: ({ limit }) => <Contacts account={account} limit={limit} /> },
    { key: 'last', header: t('last'), render: ({ limit }) => <Ago time={limit.lastAlertAt} /> },
  ];
  return (
    <Section flush title={t('title')} description={t('description')}>
      <DataTable
        label={t('title')}
        columns={columns}
        rows={nodes}
        rowKey={({ id }) => id}
        empty={
          <Empty
            icon={<IconBell size={22} />}
            title={t('empty')}
            action={
              <Button component={Link} href={accountPath(account, 'users')} variant="default">
                {t('toUsers')}
              </Button>
            }
          >
            {t('emptyWhy')}
          </Empty>
        }
      />
      {nodes.length > 0 && <Pager total={totalCount} pageInfo={pageInfo} onPage={onPage} busy={busy} />}
    </Section>
  );
}
