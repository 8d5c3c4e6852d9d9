import { lazy, Suspense, type ReactNode } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { Shell } from '~/layout/shell';
import { SignInPage } from '~/pages/sign-in/page';
import { useSession } from '~/session';
import { Boundary } from '~/ui/boundary';
import { NotFound, PageLoading, Unreachable } from '~/ui/states';

const HomePage = lazy(() => import('~/pages/home/page'));
const AccountPages = lazy(() => import('~/pages/account/routes'));
const ProfilePage = lazy(() => import('~/pages/profile/page'));
const OperatorPages = lazy(() => import('~/pages/operator/routes'));

/** The panel: who is signed out signs in first, and comes back to where they were. */
export function App() {
  const { viewer, unreachable } = useSession();
  const [location] = useLocation();
  if (unreachable) return <Unreachable />;
  if (viewer === undefined) return <PageLoading />;
  if (viewer === null) return <SignInPage />;
  if (location === '/sign-in') return <Redirect to="/" />;
  return (
    <Shell>
      <Boundary place={location}>
        <Switch>
          <Route path="/">{page(<HomePage />)}</Route>
          <Route path="/accounts/:account/*?">
            {page(<AccountPages />)}
          </Route>
          <Route path="/profile">{page(<ProfilePage />)}</Route>
          <Route path="/operator/*?">
            {page(<OperatorPages />)}
          </Route>
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Boundary>
    </Shell>
  );
}

function page(children: ReactNode) {
  return <Suspense fallback={<PageLoading />}>{children}</Suspense>;
}
