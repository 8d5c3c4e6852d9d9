/** What each movement of credits shows of itself. */

import { Anchor, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { messagePath, userPath } from '~/paths';
import type { Column } from '~/ui/table';
import { Causer, Change, Credits, Time } from '~/ui/values';
import type { Entry } from './documents';

export function useEntryColumns(account: string): Column<Entry, 'TIME'>[] {
  const t = useTranslations('credits');
  const common = useTranslations('common');
  return [
    { key: 'time', header: common('time'), order: 'TIME', render: ({ occurredAt }) => <Time time={occurredAt} /> },
    { key: 'kind', header: t('what'), render: (entry) => <What account={account} entry={entry} /> },
    { key: 'user', header: common('user'), render: (entry) => <Who account={account} entry={entry} /> },
    {
      key: 'quota',
      header: t('quotaChange'),
      end: true,
      render: (entry) => <Moved delta={entry.quotaDelta} left={entry.quotaBalance} />,
    },
    {
      key: 'change',
      header: t('change'),
      end: true,
      render: ({ accountDelta }) => (Number(accountDelta) === 0 ? <None /> : <Change value={accountDelta} />),
    },
    {
      key: 'balance',
      header: t('balance'),
      end: true,
      render: ({ accountBalance }) => <Credits value={accountBalance} />,
    },
  ];
}

function What({ account, entry }: { account: string; entry: Entry }) {
  const t = useTranslations('credits');
  return (
    <div>
      <Text size="sm">{t(`kind.${entry.kind}`)}</Text>
      <Text size="xs" c="dimmed">
        {entry.message ? (
          <Anchor component={Link} href={messagePath(account, entry.message.id)} size="xs">
            {t(isOfSeveral(entry) ? 'toReceiverAndOthers' : 'toReceiver', { receiver: entry.message.receiver })}
          </Anchor>
        ) : (
          <>
            {entry.reason && `${entry.reason} · `}
            <Causer name={entry.causedBy} />
          </>
        )}
      </Text>
    </div>
  );
}

/** What was sent together is debited in one entry, which knows the first message. */
function isOfSeveral({ message, accountDelta, quotaDelta }: Entry): boolean {
  const moved = Math.max(Math.abs(Number(accountDelta)), Math.abs(Number(quotaDelta)));
  return message !== null && moved > Number(message.credits);
}

function Who({ account, entry }: { account: string; entry: Entry }) {
  const t = useTranslations('credits');
  if (!entry.userLogin) return <None />;
  if (!entry.user) return <Text size="sm">{t('deletedUser', { login: entry.userLogin })}</Text>;
  return (
    <Anchor component={Link} href={userPath(account, entry.user.login)} size="sm">
      {entry.user.login}
    </Anchor>
  );
}

function Moved({ delta, left }: { delta: string; left: string | null }) {
  const t = useTranslations('credits');
  if (left === null) return <None />;
  return (
    <div>
      {Number(delta) === 0 ? <None /> : <Change value={delta} />}
      <Text size="xs" c="dimmed">
        {t.rich('quotaLeft', { credits: () => <Credits value={left} /> })}
      </Text>
    </div>
  );
}

function None() {
  return (
    <Text span size="sm" c="dimmed" aria-hidden>
      –
    </Text>
  );
}
