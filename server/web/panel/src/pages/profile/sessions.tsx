/** Where the person is signed in, and how to end that. */

import { Badge, Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { useLocalPlace } from '~/ui/address';
import { done, FormDialog } from '~/ui/dialog';
import { Section } from '~/ui/page';
import { Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Ago } from '~/ui/values';
import { RevokeSession, RevokeSessions, type Session, SessionsQuery } from './documents';
import { programOf } from './user-agent';

const SIZE = 10;

export function Sessions() {
  const t = useTranslations('profile.sessions');
  const [place, go] = useLocalPlace(SIZE);
  const [query, again] = useQuery({ query: SessionsQuery, variables: place });
  const [ended, setEnded] = useState<Session | 'others'>();
  const columns = useColumns(setEnded);
  const others = (query.data?.viewer?.sessions.totalCount ?? 0) > 1;
  return (
    <Section
      flush
      title={t('title')}
      description={t('description')}
      actions={
        others && (
          <Button variant="default" size="xs" onClick={() => setEnded('others')}>
            {t('endOthers')}
          </Button>
        )
      }
    >
      <Loaded query={query} retry={again} pick={({ viewer }) => viewer?.sessions}>
        {({ nodes, totalCount, pageInfo }) => (
          <>
            <DataTable
              label={t('title')}
              columns={columns}
              rows={nodes}
              rowKey={({ id }) => id}
              empty={
                <Text size="sm" c="dimmed" p="md">
                  {t('empty')}
                </Text>
              }
            />
            {totalCount > SIZE && <Pager total={totalCount} pageInfo={pageInfo} onPage={go} busy={query.fetching} />}
          </>
        )}
      </Loaded>
      {ended === 'others' && <EndOthersDialog onClose={() => setEnded(undefined)} />}
      {ended && ended !== 'others' && <EndDialog session={ended} onClose={() => setEnded(undefined)} />}
    </Section>
  );
}

function useColumns(onEnd: (session: Session) => void): Column<Session>[] {
  const t = useTranslations('profile.sessions');
  return [
    {
      key: 'program',
      header: t('program'),
      render: ({ userAgent, current }) => (
        <Group gap="xs">
          <Text size="sm" fw={500} title={userAgent ?? undefined}>
            {userAgent ? programOf(userAgent) : t('unknown')}
          </Text>
          {current && (
            <Badge variant="default" size="sm" tt="none">
              {t('current')}
            </Badge>
          )}
        </Group>
      ),
    },
    { key: 'address', header: t('address'), render: ({ address }) => address ?? '–' },
    { key: 'used', header: t('lastUsed'), render: ({ lastUsedAt }) => <Ago time={lastUsedAt} /> },
    { key: 'began', header: t('began'), render: ({ createdAt }) => <Ago time={createdAt} /> },
    { key: 'ends', header: t('ends'), render: ({ expiresAt }) => <Ago time={expiresAt} /> },
    {
      key: 'actions',
      header: '',
      end: true,
      render: (session) =>
        !session.current && (
          <Button variant="default" size="compact-sm" onClick={() => onEnd(session)}>
            {t('end')}
          </Button>
        ),
    },
  ];
}

function EndDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const t = useTranslations('profile.sessions');
  const { run, busy, general } = useAction(RevokeSession);
  const submit = async () => {
    if (!(await run({ id: session.id }))) return;
    onClose();
    done(t('ended'));
  };
  const program = session.userAgent ? programOf(session.userAgent) : t('unknown');
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('endTitle')}
      submit={t('endNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger
    >
      <Text>{t('endWhy', { program })}</Text>
    </FormDialog>
  );
}

function EndOthersDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('profile.sessions');
  const { run, busy, general } = useAction(RevokeSessions);
  const submit = async () => {
    const payload = await run({});
    if (!payload) return;
    onClose();
    done(t('othersEnded', { count: payload.revoked ?? 0 }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('endOthersTitle')}
      submit={t('endOthers')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger
    >
      <Text>{t('endOthersWhy')}</Text>
    </FormDialog>
  );
}
