import { lazy, Suspense, type ReactNode } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { Shell } from '~/layout/shell';
import { AccountPages } from '~/pages/account/routes';
import { fetched } from '~/pages/fetched';
import { OperatorPages } from '~/pages/operator/routes';
import { SignInPage } from '~/pages/sign-in/page';
import { useSession } from '~/session';
import { Boundary } from '~/ui/boundary';
import { NotFound, PageLoading, Unreachable } from '~/ui/states';

// Not fetched before it is known who is signed in: at this address nobody is, the first time.
const HomePage = lazy(() => import('~/pages/home/page'));
const [PROFILE, ProfilePage] = fetched('/profile', () => import('~/pages/profile/page'));

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
            <AccountPages />
          </Route>
          <Route path={PROFILE}>{page(<ProfilePage />)}</Route>
          <Route path="/operator/*?">
            <OperatorPages />
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
