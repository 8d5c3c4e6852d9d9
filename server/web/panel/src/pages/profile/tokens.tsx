/** The access tokens of the person: what programs use in place of the password. */

import { Anchor, Button, Checkbox, Text } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { accountPath, userPath } from '~/paths';
import { useAddress, useLocalPlace } from '~/ui/address';
import { Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Ago, State, type Tone } from '~/ui/values';
import { type Scope, type Token, TokensQuery } from './documents';
import { CreateTokenDialog } from './new-token';
import { RevokeTokenDialog } from './revoke-token';

/** As many as the API gives at once: of them the page leaves out those that have ended, as the API can’t. */
const SIZE = 100;

export function Tokens({ mayHave }: { mayHave: readonly Scope[] }) {
  const t = useTranslations('tokens');
  const [address, setAddress] = useAddress(['token']);
  const [place, go] = useLocalPlace(SIZE);
  const [query, again] = useQuery({ query: TokensQuery, variables: place });
  const [revoked, setRevoked] = useState<Token>();
  const [showsEnded, setShowsEnded] = useState(false);
  const columns = useColumns(setRevoked);
  const create = (
    <Button variant="default" size="xs" leftSection={<IconPlus size={15} />} onClick={() => setAddress({ token: 'new' })}>
      {t('create')}
    </Button>
  );
  return (
    <Section flush title={t('title')} description={t('description')} actions={create}>
      <Loaded query={query} retry={again} pick={({ viewer }) => viewer?.accessTokens}>
        {({ nodes, totalCount, pageInfo }) => (
          <>
            {nodes.some(isEnded) && (
              <Checkbox
                px="md"
                pb="sm"
                label={t('showEnded', { count: nodes.filter(isEnded).length })}
                checked={showsEnded}
                onChange={(event) => setShowsEnded(event.currentTarget.checked)}
              />
            )}
            <DataTable
              label={t('title')}
              columns={columns}
              rows={showsEnded ? nodes : nodes.filter((token) => !isEnded(token))}
              rowKey={({ id }) => id}
              empty={
                <Empty icon={<IconKey size={22} />} title={t(nodes.length > 0 ? 'noneLive' : 'empty')} action={create}>
                  {t('emptyWhy')}
                </Empty>
              }
            />
            {totalCount > SIZE && <Pager total={totalCount} pageInfo={pageInfo} onPage={go} busy={query.fetching} />}
          </>
        )}
      </Loaded>
      {address.token === 'new' && <CreateTokenDialog mayHave={mayHave} onClose={() => setAddress({ token: null })} />}
      {revoked && <RevokeTokenDialog token={revoked} onClose={() => setRevoked(undefined)} />}
    </Section>
  );
}

type Standing = 'active' | 'expired' | 'revoked';

const TONES: Record<Standing, Tone> = { active: 'good', expired: 'idle', revoked: 'bad' };

function standing({ revokedAt, expiresAt }: Token): Standing {
  if (revokedAt) return 'revoked';
  return Date.parse(expiresAt) <= Date.now() ? 'expired' : 'active';
}

const isEnded = (token: Token) => standing(token) !== 'active';

function useColumns(onRevoke: (token: Token) => void): Column<Token>[] {
  const t = useTranslations('tokens');
  return [
    {
      key: 'label',
      header: t('label'),
      render: ({ label, createdAt }) => (
        <div>
          <Text size="sm" fw={500}>
            {label}
          </Text>
          <Text size="xs" c="dimmed">
            {t.rich('made', { time: () => <Ago time={createdAt} /> })}
          </Text>
        </div>
      ),
    },
    {
      key: 'state',
      header: t('state'),
      render: (token) => <State tone={TONES[standing(token)]}>{t(`standing.${standing(token)}`)}</State>,
    },
    {
      key: 'scopes',
      header: t('scopes'),
      render: ({ scopes }) => <Text size="sm">{scopes.map((scope) => t(`scope.${scope}`)).join(', ')}</Text>,
    },
    { key: 'for', header: t('for'), render: (token) => <Reach token={token} /> },
    { key: 'used', header: t('lastUsed'), render: ({ lastUsedAt }) => <Ago time={lastUsedAt} /> },
    {
      key: 'expires',
      header: t('expires'),
      render: (token) => {
        const end = <Ago time={token.revokedAt ?? token.expiresAt} />;
        return isEnded(token) ? <span>{t.rich('endedAt', { time: () => end })}</span> : end;
      },
    },
    {
      key: 'actions',
      header: '',
      end: true,
      render: (token) =>
        !isEnded(token) && (
          <Button variant="default" size="compact-sm" onClick={() => onRevoke(token)}>
            {t('revoke')}
          </Button>
        ),
    },
  ];
}

/** As whom a token acts, and where. */
function Reach({ token: { user, accounts } }: { token: Token }) {
  const t = useTranslations('tokens');
  if (user) {
    return (
      <Anchor component={Link} href={userPath(user.account.name, user.login)} size="sm">
        {t('asUser', { login: user.login, account: user.account.name })}
      </Anchor>
    );
  }
  if (accounts.length === 0) return <>{t('allAccounts')}</>;
  return (
    <>
      {accounts.map(({ id, name }) => (
        <Anchor key={id} component={Link} href={accountPath(name)} size="sm" display="block">
          {name}
        </Anchor>
      ))}
    </>
  );
}
