/** What acts as a user beside its password: access tokens and sessions, each to be ended. */

import { Anchor, Button, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { useAction } from '~/client/action';
import { programOf } from '~/pages/profile/user-agent';
import { done, FormDialog } from '~/ui/dialog';
import { Section } from '~/ui/page';
import { type Column, DataTable } from '~/ui/table';
import { Ago, Time } from '~/ui/values';
import { RevokeUserSession, RevokeUserSessions, RevokeUserToken, type UserOfPage } from './documents';

type Token = UserOfPage['accessTokens']['nodes'][number];
type Session = UserOfPage['sessions']['nodes'][number];
type Ending = { kind: 'token'; id: string; name: string } | { kind: 'session'; id: string; name: string } | { kind: 'sessions' };

export function Access({ account, user }: { account: string; user: UserOfPage }) {
  const [ending, setEnding] = useState<Ending | null>(null);
  const alive = user.accessTokens.nodes.filter(({ revokedAt, expiresAt }) => !revokedAt && Date.parse(expiresAt) > Date.now());
  return (
    <>
      <Tokens tokens={alive} end={setEnding} />
      <Sessions sessions={user.sessions.nodes} end={setEnding} />
      {ending && <EndDialog account={account} login={user.login} ending={ending} onClose={() => setEnding(null)} />}
    </>
  );
}

function Nothing({ children }: { children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed" px="md" pb="md">
      {children}
    </Text>
  );
}

function Tokens({ tokens, end }: { tokens: readonly Token[]; end: (ending: Ending) => void }) {
  const t = useTranslations('userPage.tokens');
  const columns: Column<Token>[] = [
    {
      key: 'label',
      header: t('label'),
      render: ({ label }) => (
        <Text span inherit fw={600}>
          {label}
        </Text>
      ),
    },
    { key: 'scopes', header: t('scopes'), render: ({ scopes }) => scopes.map((scope) => t(`scope.${scope}`)).join(', ') },
    { key: 'used', header: t('used'), end: true, render: ({ lastUsedAt }) => <Ago time={lastUsedAt} /> },
    { key: 'expires', header: t('expires'), end: true, render: ({ expiresAt }) => <Time time={expiresAt} /> },
    {
      key: 'end',
      header: '',
      end: true,
      render: ({ id, label }) => (
        <Button
          variant="default"
          size="compact-sm"
          aria-label={t('revokeOf', { label })}
          onClick={() => end({ kind: 'token', id, name: label })}
        >
          {t('revoke')}
        </Button>
      ),
    },
  ];
  return (
    <Section
      title={t('title')}
      description={t.rich('what', {
        profile: (name) => (
          <Anchor component={Link} href="/profile" underline="always" inherit>
            {name}
          </Anchor>
        ),
      })}
      flush
    >
      <DataTable
        label={t('title')}
        columns={columns}
        rows={tokens}
        rowKey={({ id }) => id}
        empty={<Nothing>{t('empty')}</Nothing>}
      />
    </Section>
  );
}

function Sessions({ sessions, end }: { sessions: readonly Session[]; end: (ending: Ending) => void }) {
  const t = useTranslations('userPage.sessions');
  const nameOf = ({ userAgent }: Session) => (userAgent ? programOf(userAgent) : t('unknown'));
  const columns: Column<Session>[] = [
    {
      key: 'program',
      header: t('program'),
      render: (session) => (
        <Text span inherit fw={600} title={session.userAgent ?? undefined} style={{ overflowWrap: 'anywhere' }}>
          {nameOf(session)}
        </Text>
      ),
    },
    { key: 'address', header: t('address'), render: ({ address }) => address ?? '–' },
    { key: 'begun', header: t('begun'), end: true, render: ({ createdAt }) => <Time time={createdAt} /> },
    { key: 'used', header: t('used'), end: true, render: ({ lastUsedAt }) => <Ago time={lastUsedAt} /> },
    {
      key: 'end',
      header: '',
      end: true,
      render: (session) => (
        <Button
          variant="default"
          size="compact-sm"
          aria-label={t('endOf', { name: nameOf(session) })}
          onClick={() => end({ kind: 'session', id: session.id, name: nameOf(session) })}
        >
          {t('end')}
        </Button>
      ),
    },
  ];
  return (
    <Section
      title={t('title')}
      description={t('what')}
      flush
      actions={
        sessions.length > 1 && (
          <Button variant="default" size="xs" onClick={() => end({ kind: 'sessions' })}>
            {t('endAll')}
          </Button>
        )
      }
    >
      <DataTable
        label={t('title')}
        columns={columns}
        rows={sessions}
        rowKey={({ id }) => id}
        empty={<Nothing>{t('empty')}</Nothing>}
      />
    </Section>
  );
}

function EndDialog({ account, login, ending, onClose }: { account: string; login: string; ending: Ending; onClose: () => void }) {
  const t = useTranslations('userPage.end');
  const token = useAction(RevokeUserToken);
  const session = useAction(RevokeUserSession);
  const sessions = useAction(RevokeUserSessions);
  const action = { token, session, sessions }[ending.kind];
  const name = ending.kind === 'sessions' ? login : ending.name;
  const submit = async () => {
    const payload =
      ending.kind === 'token'
        ? await token.run({ id: ending.id })
        : ending.kind === 'session'
          ? await session.run({ id: ending.id })
          : await sessions.run({ user: { account, login } });
    if (!payload) return;
    onClose();
    done(t(`${ending.kind}.done`));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t(`${ending.kind}.title`)}
      submit={t(`${ending.kind}.submit`)}
      onSubmit={submit}
      busy={action.busy}
      general={action.general}
      danger
    >
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {t(`${ending.kind}.what`, { name })}
      </Text>
    </FormDialog>
  );
}
