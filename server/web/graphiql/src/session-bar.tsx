import { type FormEvent, useEffect, useState } from 'react';

import { findCaller, signIn, signOut } from './session';

/** Shows who is signed in, and signs in and out; `undefined` until the server has answered. */
export function SessionBar() {
  const [caller, setCaller] = useState<string | null>();
  const [problem, setProblem] = useState('');

  const attempt = (work: () => Promise<string | null>) => {
    setProblem('');
    work().then(setCaller, (error: Error) => setProblem(error.message));
  };

  useEffect(() => attempt(findCaller), []);

  return (
    <header className="session-bar">
      <h1>Chappe</h1>
      {problem && <p role="alert">{problem}</p>}
      {caller === null && <SignInForm onSubmit={(email, password) => attempt(() => signIn(email, password))} />}
      {caller && (
        <>
          <p>
            Signed in as <strong>{caller}</strong>
          </p>
          <button type="button" onClick={() => attempt(() => signOut().then(findCaller))}>
            Sign out
          </button>
        </>
      )}
    </header>
  );
}

function SignInForm({ onSubmit }: { onSubmit: (email: string, password: string) => void }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    onSubmit(String(fields.get('email')), String(fields.get('password')));
  };
  // By POST, so that no password gets into a URL if the handler does not run.
  return (
    <form method="post" aria-label="Sign in" onSubmit={submit}>
      <input
        name="email"
        type="email"
        aria-label="E-mail"
        placeholder="E-mail"
        autoComplete="username"
        required
      />
      <input
        name="password"
        type="password"
        aria-label="Password"
        placeholder="Password"
        autoComplete="current-password"
        required
      />
      <button>Sign in</button>
    </form>
  );
}
