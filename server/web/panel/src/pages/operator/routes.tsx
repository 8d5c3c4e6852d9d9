/** The rooms of the people who run this server. */

import { type ComponentType, lazy, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { operatorPath } from '~/paths';
import { useViewer } from '~/session';
import { NotFound, PageLoading } from '~/ui/states';

const PAGES: [path: string, page: ComponentType][] = [
  [operatorPath('accounts'), lazy(() => import('./accounts/page'))],
  [operatorPath('holders'), lazy(() => import('./holders/page'))],
  [operatorPath('senders'), lazy(() => import('./senders/page'))],
  [operatorPath('rates'), lazy(() => import('./rates/page'))],
  [operatorPath('links'), lazy(() => import('./links/page'))],
  [operatorPath('health'), lazy(() => import('./health/page'))],
];

export default function OperatorPages() {
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
