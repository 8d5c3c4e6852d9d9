/** The rooms of the people who run this server. */

import { type ComponentType, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { fetched } from '~/pages/fetched';
import { operatorPath } from '~/paths';
import { useViewer } from '~/session';
import { NotFound, PageLoading } from '~/ui/states';

const PAGES: [path: string, page: ComponentType][] = [
  fetched(operatorPath('accounts'), () => import('./accounts/page')),
  fetched(operatorPath('holders'), () => import('./holders/page')),
  fetched(operatorPath('senders'), () => import('./senders/page')),
  fetched(operatorPath('rates'), () => import('./rates/page')),
  fetched(operatorPath('links'), () => import('./links/page')),
  fetched(operatorPath('health'), () => import('./health/page')),
];

export function OperatorPages() {
  const { holder } = useViewer();
  if (!holder?.isOperator) return <NotFound />;
  return (
    <Suspense fallback={<PageLoading />}>
      <Switch>
        <Route path="/operator">
          <Redirect to={operatorPath('accounts')} replace />
        </Route>
        {PAGES.map(([path, OperatorPage]) => (
          <Route key={path} path={path}>
            <OperatorPage />
          </Route>
        ))}
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}
