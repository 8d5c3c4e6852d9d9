/** The rooms of one account. */

import { type ComponentType, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { fetched } from '~/pages/fetched';
import { NotFound, PageLoading } from '~/ui/states';

/** What each page of an account is given. */
export interface AccountPageProps {
  account: string;
  /** What the address names inside the room: a login, a message's id. */
  item?: string;
}

type AccountPage = ComponentType<AccountPageProps>;

const PAGES: [path: string, page: AccountPage][] = [
  fetched('/accounts/:account', () => import('~/pages/overview/page')),
  fetched('/accounts/:account/users', () => import('~/pages/users/page')),
  fetched('/accounts/:account/users/:item', () => import('~/pages/user/page')),
  fetched('/accounts/:account/users/:item/send', () => import('~/pages/send-with/page')),
  fetched('/accounts/:account/messages', () => import('~/pages/messages/page')),
  fetched('/accounts/:account/messages/:item', () => import('~/pages/message/page')),
  fetched('/accounts/:account/send', () => import('~/pages/send/page')),
  fetched('/accounts/:account/charts', () => import('~/pages/charts/page')),
  fetched('/accounts/:account/credits', () => import('~/pages/credits/page')),
  fetched('/accounts/:account/callbacks', () => import('~/pages/callbacks/page')),
  fetched('/accounts/:account/senders', () => import('~/pages/senders/page')),
  fetched('/accounts/:account/blacklist', () => import('~/pages/blacklist/page')),
  fetched('/accounts/:account/incoming', () => import('~/pages/incoming/page')),
  fetched('/accounts/:account/alerts', () => import('~/pages/alerts/page')),
  fetched('/accounts/:account/settings', () => import('~/pages/settings/page')),
  fetched('/accounts/:account/audit', () => import('~/pages/audit/page')),
];

export function AccountPages() {
  return (
    <Suspense fallback={<PageLoading />}>
      <Switch>
        {PAGES.map(([path, AccountPage]) => (
          <Route key={path} path={path}>
            {({ account = '', item }: { account?: string; item?: string }) => (
              <AccountPage key={account} account={decodeURIComponent(account)} item={item && decodeURIComponent(item)} />
            )}
          </Route>
        ))}
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}
