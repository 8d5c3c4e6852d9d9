/** The person's own password is changed. */

import { Button, Checkbox, Group, Stack } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { done, Refused } from '~/ui/dialog';
import { PasswordField } from '~/ui/password-field';
import { ChangePassword } from './documents';

export function PasswordForm({ email }: { email: string }) {
  const t = useTranslations('profile.password');
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const [revokeTokens, setRevokeTokens] = useState(false);
  const { run, busy, errors, general } = useAction(ChangePassword, ['currentPassword', 'newPassword']);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await run({ input: { currentPassword, newPassword, revokeTokens } }))) return;
    setCurrent('');
    setNew('');
    setRevokeTokens(false);
    done(t('done'));
  };
  const toggle = { 'aria-label': t('show') };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="sm" maw={420}>
        {/* By this a browser knows whose password it is to keep. */}
        <input type="text" autoComplete="username" value={email} readOnly hidden />
        <PasswordField
          label={t('current')}
          autoComplete="current-password"
          value={currentPassword}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          error={errors.currentPassword}
          visibilityToggleButtonProps={toggle}
        />
        <PasswordField
          label={t('new')}
          description={t('rule')}
          autoComplete="new-password"
          value={newPassword}
          onChange={(event) => setNew(event.currentTarget.value)}
          error={errors.newPassword}
          visibilityToggleButtonProps={toggle}
        />
        <Checkbox
          label={t('revokeTokens')}
          checked={revokeTokens}
          onChange={(event) => setRevokeTokens(event.currentTarget.checked)}
        />
        <Refused text={general} />
        <Group>
          <Button type="submit" loading={busy} disabled={currentPassword === '' || newPassword === ''}>
            {t('submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
