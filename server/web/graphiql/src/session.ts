/** Who is signed in. The session itself is a cookie that no script can read. */

export const ENDPOINT = '/graphql';

interface Problem {
  message: string;
  extensions?: { code?: string };
}

interface Answer<Data> {
  data?: Data | null;
  errors?: Problem[];
}

/** Return the name of the person who is signed in, or null. */
export async function findCaller(): Promise<string | null> {
  const { data, errors } = await ask<{ viewer: { name: string } | null }>('query Viewer { viewer { name } }');
  if (errors?.some((error) => error.extensions?.code === 'UNAUTHENTICATED')) return null;
  return given(data?.viewer, errors).name;
}

/** Sign a holder in, and return its name; throws an Error with the server's reason if it refuses. */
export async function signIn(email: string, password: string): Promise<string> {
  const { data, errors } = await ask<{
    signIn: { viewer: { name: string } | null; userErrors: Problem[] } | null;
  }>(
    `mutation SignIn($input: SignInInput!) {
      signIn(input: $input) { viewer { name } userErrors { message } }
    }`,
    { input: { holder: { email, password } } },
  );
  const { viewer, userErrors } = given(data?.signIn, errors);
  if (!viewer) throw new Error(userErrors[0]?.message ?? 'The sign-in was refused.');
  return viewer.name;
}

/** End the session. */
export async function signOut(): Promise<void> {
  await ask('mutation SignOut { signOut { signedOut } }');
}

async function ask<Data>(query: string, variables?: object): Promise<Answer<Data>> {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

function given<Field>(field: Field | null | undefined, errors: Problem[] | undefined): Field {
  if (!field) throw new Error(errors?.[0]?.message ?? 'The server gave no answer.');
  return field;
}
