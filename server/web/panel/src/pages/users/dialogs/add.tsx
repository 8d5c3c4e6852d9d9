/** Adding a user. */

import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { FormDialog } from '~/ui/dialog';
import { NO_PASSWORD } from '~/ui/new-password';
import { CreateUser } from '../documents';
import { PasswordFields, PasswordShown } from './new-password';

export function AddUserDialog({ account, onClose }: { account: string; onClose: () => void }) {
  const t = useTranslations('users.add');
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState(NO_PASSWORD);
  const [made, setMade] = useState<{ login: string; password: string } | null>(null);
  const { run, busy, errors, general, clear } = useAction(CreateUser, ['login', 'password']);

  const submit = async () => {
    const given = password.kind === 'given' ? password.given : null;
    const payload = await run({ input: { account, login: login.trim(), password: given } });
    if (payload?.user) setMade({ login: payload.user.login, password: payload.generatedPassword ?? given ?? '' });
  };
  const another = () => {
    clear();
    setLogin('');
    setPassword(NO_PASSWORD);
    setMade(null);
  };
  if (made) {
    return (
      <PasswordShown
        {...made}
        account={account}
        title={t('done', { login: made.login })}
        onClose={onClose}
        other={
          <Button variant="subtle" onClick={another}>
            {t('another')}
          </Button>
        }
      />
    );
  }
  return (
    <FormDialog opened onClose={onClose} title={t('title')} submit={t('submit')} onSubmit={submit} busy={busy} general={general}>
      <TextInput
        label={t('login')}
        description={t('loginRule')}
        value={login}
        error={errors.login}
        required
        withAsterisk={false}
        maxLength={40}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
        onChange={(event) => setLogin(event.currentTarget.value)}
      />
      <PasswordFields value={password} onChange={setPassword} error={errors.password} />
    </FormDialog>
  );
}
