/** What keeps the pages of an account as they are on the server, and the sign that it does. */

import { Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { useTranslations } from 'use-intl';
import { useSubscription } from 'urql';
import { graphql } from '~/graphql';
import { useSession } from '~/session';
import { State } from '~/ui/values';

const Changes = graphql(`
  subscription AccountChanges($account: String!) {
    auditEntryAdded(account: $account) { id cursor }
  }
`);

/** Follow what others change in an account: the cache then asks anew for what is on the screen. */
export function AccountLive({ account }: { account: string }) {
  useSubscription({ query: Changes, variables: { account } });
  return null;
}

/** Whether the page is fed live, or waits for the connection to come back. */
export function LiveMark() {
  const t = useTranslations('nav');
  const { socket } = useSession().connection;
  const state = useSyncExternalStore(socket.onChange, () => socket.state);
  if (state === 'idle') return null;
  return (
    <Tooltip label={t(state === 'live' ? 'liveWhy' : 'waitingWhy')}>
      <span role="status" tabIndex={0} style={{ fontSize: 'var(--mantine-font-size-xs)' }}>
        <State tone={state === 'live' ? 'good' : 'warn'}>{t(state)}</State>
      </span>
    </Tooltip>
  );
}
