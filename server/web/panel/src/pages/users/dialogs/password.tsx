/** Giving a user another password. */

import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { FormDialog } from '~/ui/dialog';
import { NO_PASSWORD } from '~/ui/new-password';
import { ChangeUserPassword } from '../documents';
import type { UserDialogProps } from './dialogs';
import { PasswordFields, PasswordShown } from './new-password';

export function PasswordDialog({ account, user: { login }, onClose }: UserDialogProps) {
  const t = useTranslations('users.password');
  const [password, setPassword] = useState(NO_PASSWORD);
  const [shown, setShown] = useState<string | null>(null);
  const { run, busy, errors, general } = useAction(ChangeUserPassword, ['password']);

  const submit = async () => {
    const given = password.kind === 'given' ? password.given : null;
    const payload = await run({ input: { account, login, password: given } });
    if (payload) setShown(payload.generatedPassword ?? given);
  };
  if (shown !== null) {
    return <PasswordShown account={account} login={login} title={t('changed')} password={shown} onClose={onClose} />;
  }
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('title', { login })}
      submit={t('submit')}
      onSubmit={submit}
      busy={busy}
      general={general}
    >
      <Text size="sm">{t('what')}</Text>
      <PasswordFields value={password} onChange={setPassword} error={errors.password} />
    </FormDialog>
  );
}
