/** Who is signed in, and the client that speaks for them. The session itself is a cookie that no script can read. */

import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Provider } from 'urql';
import { type Connection, connect } from '~/client/client';
import { graphql, type ResultOf } from '~/graphql';

const ViewerQuery = graphql(`
  query Viewer {
    viewer {
      kind
      name
      scopes
      holder { id email name isOperator }
    }
  }
`);

const SignOut = graphql(`
  mutation SignOut {
    signOut { signedOut }
  }
`);

export type Viewer = NonNullable<ResultOf<typeof ViewerQuery>['viewer']>;

interface Session {
  /** Undefined until the server has said it; null for nobody. */
  viewer: Viewer | null | undefined;
  /** Whether the server could not be asked. */
  unreachable: boolean;
  connection: Connection;
  /** Ask who is signed in, with an empty cache. */
  begin: () => void;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<Session | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [viewer, setViewer] = useState<Viewer | null>();
  const [unreachable, setUnreachable] = useState(false);
  const open = useCallback(() => connect(() => setViewer(null)), []);
  const [connection, setConnection] = useState(open);
  const latest = useRef(connection);

  const begin = useCallback(() => {
    latest.current.socket.dispose();
    latest.current = open();
    setConnection(latest.current);
  }, [open]);

  useEffect(() => {
    let current = true;
    void connection.client
      .query(ViewerQuery, {})
      .toPromise()
      .then(({ data, error }) => {
        if (!current) return;
        setUnreachable(Boolean(error?.networkError));
        if (!error?.networkError) setViewer(data?.viewer ?? null);
      });
    return () => {
      current = false;
    };
  }, [connection]);

  const signOut = useCallback(async () => {
    await connection.client.mutation(SignOut, {}).toPromise();
    // What was half written is nobody else's who sits here next.
    window.sessionStorage.clear();
    setViewer(null);
    begin();
  }, [connection, begin]);

  const value = useMemo(
    () => ({ viewer, unreachable, connection, begin, signOut }),
    [viewer, unreachable, connection, begin, signOut],
  );
  return (
    <SessionContext.Provider value={value}>
      <Provider value={connection.client}>{children}</Provider>
    </SessionContext.Provider>
  );
}

export function useSession(): Session {
  const value = useContext(SessionContext);
  if (!value) throw new Error('SessionProvider is missing.');
  return value;
}

/** The signed-in person; only inside the pages that need one. */
export function useViewer(): Viewer {
  const { viewer } = useSession();
  if (!viewer) throw new Error('Nobody is signed in.');
  return viewer;
}
