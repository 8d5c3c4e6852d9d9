/** The columns of the table of users. */

import { Anchor, Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import type { VariablesOf } from '~/graphql';
import { useFormats } from '~/i18n/formats';
import { userPath } from '~/paths';
import type { Column } from '~/ui/table';
import { Ago, Credits, State } from '~/ui/values';
import type { OpenDialog } from './dialogs/dialogs';
import type { User, UserRow, UsersQuery } from './documents';
import { UserMenu } from './menu';
import { sumUp } from './today';

type Order = NonNullable<VariablesOf<typeof UsersQuery>['orderBy']>['field'];

export function useColumns(account: string, open: OpenDialog): Column<UserRow, Order>[] {
  const t = useTranslations('users');
  const formats = useFormats();
  return [
    {
      key: 'login',
      header: t('column.login'),
      order: 'LOGIN',
      render: (user) => (
        <Second of={user.enabled ? null : <State tone="idle">{t('disabled')}</State>}>
          <Anchor component={Link} href={userPath(account, user.login)} fw={600} miw={100} display="inline-block" style={{ overflowWrap: 'anywhere' }}>
            {user.login}
          </Anchor>
        </Second>
      ),
    },
    { key: 'quota', header: t('column.quota'), order: 'QUOTA_LEFT', end: true, render: (user) => <QuotaLeft user={user} /> },
    {
      key: 'threshold',
      header: t('column.alert'),
      order: 'LIMIT_THRESHOLD',
      end: true,
      render: ({ limit }) => (limit.enabled ? <Credits value={limit.threshold} /> : <Dim>{t('off')}</Dim>),
    },
    {
      key: 'channel',
      header: t('column.channel'),
      render: ({ limit }) => (limit.channel ? <Whole>{t(`channel.${limit.channel}`)}</Whole> : <Dim>–</Dim>),
    },
    {
      key: 'restrictions',
      header: t('column.restrictions'),
      render: ({ ipRestrictions }) =>
        ipRestrictions.length === 0 ? (
          <Dim>{t('anyAddress')}</Dim>
        ) : (
          <Tooltip label={ipRestrictions.join(', ')} multiline maw={280}>
            <span tabIndex={0} style={{ whiteSpace: 'nowrap' }}>{t('addresses', { count: ipRestrictions.length })}</span>
          </Tooltip>
        ),
    },
    { key: 'callback', header: t('column.callback'), render: ({ callback }) => (
        <Whole>
          <CallbackHealth callback={callback} />
        </Whole>
      ) },
    {
      key: 'today',
      header: t('column.today'),
      hint: t('column.todayWhy'),
      end: true,
      render: ({ statistics }) => formats.count(sumUp(statistics).messages),
    },
    {
      key: 'failed',
      header: t('column.failed'),
      hint: t('column.failedWhy'),
      end: true,
      render: ({ statistics }) => <FailedShare {...sumUp(statistics)} />,
    },
    {
      key: 'used',
      header: t('column.used'),
      order: 'LAST_USED_AT',
      end: true,
      render: ({ lastUsedAt }) => (
        <Whole>
          <Ago time={lastUsedAt} />
        </Whole>
      ),
    },
    { key: 'actions', header: '', end: true, render: (user) => <UserMenu account={account} user={user} open={open} /> },
  ];
}

/** A value with a smaller one under it, or nothing there. */
function Second({ of, children }: { of: ReactNode; children: ReactNode }) {
  return (
    <div>
      {children}
      {of && (
        <Text size="xs" c="dimmed" component="div">
          {of}
        </Text>
      )}
    </div>
  );
}

/** Words that stay on one line. */
function Whole({ children }: { children: ReactNode }) {
  return <span style={{ whiteSpace: 'nowrap' }}>{children}</span>;
}

function Dim({ children }: { children: ReactNode }) {
  return (
    <Text span inherit c="dimmed" style={{ whiteSpace: 'nowrap' }}>
      {children}
    </Text>
  );
}

/** What is left of a quota, and of how much; or that the user spends from the account. */
export function QuotaLeft({ user: { quota } }: { user: Pick<User, 'quota'> }) {
  const t = useTranslations('users');
  const formats = useFormats();
  if (!quota.enabled) return <Dim>{t('off')}</Dim>;
  const blocked = Number(quota.left) <= 0;
  return (
    <Second of={blocked ? <State tone="bad">{t('blocked')}</State> : t('ofAssigned', { credits: formats.credits(quota.assigned) })}>
      <Credits value={quota.left} />
    </Second>
  );
}

/** How the calls to a user's own URLs fare. */
export function CallbackHealth({ callback }: { callback: Pick<User['callback'], 'url' | 'stopUrl' | 'disabledAt' | 'failingSince' | 'lastDelivery'> }) {
  const t = useTranslations('users');
  const formats = useFormats();
  const { url, stopUrl, disabledAt, failingSince, lastDelivery } = callback;
  if (!url && !stopUrl) return <Dim>{t('health.none')}</Dim>;
  if (disabledAt) {
    return (
      <Tooltip label={t('health.disabledSince', { time: formats.time(disabledAt) })}>
        <span tabIndex={0}>
          <State tone="bad">{t('health.disabled')}</State>
        </span>
      </Tooltip>
    );
  }
  if (failingSince) {
    return (
      <Tooltip label={t('health.failingSince', { time: formats.time(failingSince) })}>
        <span tabIndex={0}>
          <State tone="warn">{t('health.failing')}</State>
        </span>
      </Tooltip>
    );
  }
  return <State tone={lastDelivery ? 'good' : 'idle'}>{t(lastDelivery ? 'health.fine' : 'health.unused')}</State>;
}

function FailedShare({ ended, failed }: { ended: number; failed: number }) {
  const formats = useFormats();
  if (ended === 0) return <Dim>–</Dim>;
  return (
    <Text span inherit c={failed > 0 ? 'var(--panel-bad)' : undefined} className="numbers">
      {formats.share(failed, ended)}
    </Text>
  );
}
