/** The first page that anybody sees: what this is, and the way in. */

import { Anchor, Button, Group, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { graphql } from '~/graphql';
import icon from '~/icon.svg';
import { Preferences } from '~/layout/preferences';
import { useSession } from '~/session';
import { Refused } from '~/ui/dialog';
import { PasswordField } from '~/ui/password-field';
import classes from './page.module.css';

const AboutQuery = graphql(`
  query About {
    about {
      version
      graphiql
      demoSignIns { label email password }
    }
  }
`);

const SignIn = graphql(`
  mutation SignIn($email: String!, $password: String!) {
    signIn(input: { holder: { email: $email, password: $password } }) {
      viewer { kind }
      userErrors { field code message retryAfter }
    }
  }
`);

export function SignInPage() {
  const t = useTranslations('signIn');
  const { begin } = useSession();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { run, busy, general, errors } = useAction(SignIn, ['email', 'password']);
  const [{ data }] = useQuery({ query: AboutQuery });
  const about = data?.about;

  // In the demo the first of its sign-ins is filled in, so that one click leads into the panel.
  const [demo] = about?.demoSignIns ?? [];
  useEffect(() => {
    if (!demo) return;
    setEmail((typed) => typed || demo.email);
    setPassword((typed) => typed || demo.password);
  }, [demo]);

  useEffect(() => {
    document.title = `${t('title')} · Chappe`;
  }, [t]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await run({ email, password })) begin();
  };
  return (
    <main className={classes.page}>
      <section className={classes.about}>
        <Group gap="sm">
          <img src={icon} alt="" width={36} height={36} />
          <Text fz={22} fw={650}>
            Chappe
          </Text>
        </Group>
        <Title order={1} className={classes.headline}>
          {t('headline')}
        </Title>
        <ul className={classes.points}>
          {(['users', 'deliveries', 'own'] as const).map((point) => (
            <li key={point}>{t(`points.${point}`)}</li>
          ))}
        </ul>
      </section>
      <div className={classes.side}>
        <Paper withBorder p="xl" radius="lg" w="100%" maw={400}>
          <form onSubmit={submit}>
            <Stack gap="md">
              <Title order={2} fz="lg">
                {t('title')}
              </Title>
              <TextInput
                label={t('email')}
                type="email"
                autoComplete="username"
                required
                withAsterisk={false}
                value={email}
                error={errors.email}
                onChange={(event) => setEmail(event.currentTarget.value)}
              />
              <PasswordField
                label={t('password')}
                autoComplete="current-password"
                required
                withAsterisk={false}
                value={password}
                error={errors.password}
                visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
                onChange={(event) => setPassword(event.currentTarget.value)}
              />
              {about && about.demoSignIns.length > 0 && (
                <Group gap="xs">
                  <Text size="sm" c="dimmed" w="100%">
                    {t('demo')}
                  </Text>
                  {about.demoSignIns.map((signIn) => (
                    <Button
                      key={signIn.email}
                      size="compact-sm"
                      variant={signIn.email === email ? 'light' : 'default'}
                      aria-pressed={signIn.email === email}
                      onClick={() => {
                        setEmail(signIn.email);
                        setPassword(signIn.password);
                      }}
                    >
                      {signIn.label}
                    </Button>
                  ))}
                </Group>
              )}
              <Refused text={general} />
              <Button type="submit" size="md" loading={busy}>
                {t('submit')}
              </Button>
            </Stack>
          </form>
        </Paper>
        <div className={classes.preferences}>
          <Preferences />
          <Text size="xs" c="dimmed" ta="center">
            {about && t('version', { version: about.version })}
            {about?.graphiql && (
              <>
                {' · '}
                <Anchor href="/graphiql" size="xs" underline="always">
                  GraphiQL
                </Anchor>
              </>
            )}
          </Text>
        </div>
      </div>
    </main>
  );
}
