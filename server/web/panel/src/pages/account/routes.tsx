/** The rooms of one account. */

import { type ComponentType, lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { NotFound, PageLoading } from '~/ui/states';

/** What each page of an account is given. */
export interface AccountPageProps {
  account: string;
  /** What the address names inside the room: a login, a message's id. */
  item?: string;
}

type AccountPage = ComponentType<AccountPageProps>;

const PAGES: [path: string, page: AccountPage][] = [
  ['/accounts/:account', lazy(() => import('~/pages/overview/page'))],
  ['/accounts/:account/users', lazy(() => import('~/pages/users/page'))],
  ['/accounts/:account/users/:item', lazy(() => import('~/pages/user/page'))],
  ['/accounts/:account/users/:item/send', lazy(() => import('~/pages/send-with/page'))],
  ['/accounts/:account/messages', lazy(() => import('~/pages/messages/page'))],
  ['/accounts/:account/messages/:item', lazy(() => import('~/pages/message/page'))],
  ['/accounts/:account/send', lazy(() => import('~/pages/send/page'))],
  ['/accounts/:account/charts', lazy(() => import('~/pages/charts/page'))],
  ['/accounts/:account/credits', lazy(() => import('~/pages/credits/page'))],
  ['/accounts/:account/callbacks', lazy(() => import('~/pages/callbacks/page'))],
  ['/accounts/:account/senders', lazy(() => import('~/pages/senders/page'))],
  ['/accounts/:account/blacklist', lazy(() => import('~/pages/blacklist/page'))],
  ['/accounts/:account/incoming', lazy(() => import('~/pages/incoming/page'))],
  ['/accounts/:account/alerts', lazy(() => import('~/pages/alerts/page'))],
  ['/accounts/:account/settings', lazy(() => import('~/pages/settings/page'))],
  ['/accounts/:account/audit', lazy(() => import('~/pages/audit/page'))],
];

export default function AccountPages() {
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
