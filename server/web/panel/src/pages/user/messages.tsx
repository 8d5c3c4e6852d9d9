/** The last messages of a user, live. */

import { Anchor, Button, Group, Text } from '@mantine/core';
import { IconMessages } from '@tabler/icons-react';
import { useEffect, useMemo, useRef } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import type { Filters } from '~/pages/messages/filter';
import type { Message } from '~/pages/messages/documents';
import { useMessageLog } from '~/pages/messages/use-log';
import { accountPath, messagePath, userPath } from '~/paths';
import { useSession } from '~/session';
import { Section } from '~/ui/page';
import { usePttWords } from '~/ui/ptt';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable } from '~/ui/table';
import { Ago, Credits, Status } from '~/ui/values';

const SHOWN = 8;
const FIRST = { first: SHOWN, after: undefined };
const NO_FILTERS: Filters = { login: '', status: '', ptt: '', receiver: '', tag: '', from: '', to: '' };

export function RecentMessages({ account, login }: { account: string; login: string }) {
  const t = useTranslations('userPage.messages');
  const filters = useMemo(() => ({ ...NO_FILTERS, login }), [login]);
  const { query, again, rows } = useMessageLog(account, filters, FIRST);
  useRefreshWith(rows);
  const columns = useColumns(account);
  const all = (status?: string) => accountPath(account, 'messages', { login, ...(status && { status }) });
  return (
    <Section title={t('title')} flush>
      <Loaded query={query} retry={again} pick={({ messages }) => messages}>
        {() => (
          <>
            <DataTable
              label={t('title')}
              columns={columns}
              rows={rows.slice(0, SHOWN)}
              rowKey={({ id }) => id}
              empty={
                <Empty
                  icon={<IconMessages size={22} />}
                  title={t('empty')}
                  action={
                    <Button component={Link} href={userPath(account, login, 'send')} variant="default">
                      {t('send')}
                    </Button>
                  }
                >
                  {t('emptyWhy')}
                </Empty>
              }
            />
            {rows.length > 0 && (
              <Group px="md" py="sm" gap="md">
                <Anchor component={Link} href={all()} underline="always" size="sm">
                  {t('all')}
                </Anchor>
                <Anchor component={Link} href={all('FAILED,NOT_BILLED')} underline="always" size="sm">
                  {t('failed')}
                </Anchor>
                <Anchor component={Link} href={all('CREATED,PENDING,BUFFERED')} underline="always" size="sm">
                  {t('open')}
                </Anchor>
              </Group>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

/** What else the page shows changes with the messages: quota, counts and calls are asked for anew. */
function useRefreshWith(rows: readonly Message[]) {
  const { refresh } = useSession().connection;
  const newest = rows.reduce((latest, { statusChangedAt }) => (statusChangedAt > latest ? statusChangedAt : latest), '');
  const known = useRef(newest);
  useEffect(() => {
    if (known.current !== '' && known.current !== newest) refresh();
    known.current = newest;
  }, [newest, refresh]);
}

function useColumns(account: string): Column<Message>[] {
  const t = useTranslations('userPage.messages');
  const words = usePttWords();
  return [
    {
      key: 'receiver',
      header: t('receiver'),
      render: ({ id, receiver }) => (
        <Anchor component={Link} href={messagePath(account, id)} fw={600} className="numbers">
          {receiver}
        </Anchor>
      ),
    },
    {
      key: 'status',
      header: t('status'),
      render: ({ status, ptt }) => (
        <div>
          <Status status={status} />
          {ptt && (
            <Text size="xs" c="dimmed">
              {words(ptt).description}
            </Text>
          )}
        </div>
      ),
    },
    { key: 'credits', header: t('credits'), end: true, render: ({ credits }) => <Credits value={credits} /> },
    { key: 'time', header: t('accepted'), end: true, render: ({ createdAt }) => <Ago time={createdAt} /> },
  ];
}
