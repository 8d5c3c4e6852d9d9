/** What is called when something happens to a user's messages, and a call to try it. */

import { Alert, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { useFormats } from '~/i18n/formats';
import { done, FormDialog } from '~/ui/dialog';
import { SetUserCallback } from '../documents';
import { TestCall } from './test-call';
import type { UserDialogProps } from './dialogs';

export function CallbackDialog({ account, user: { login, callback }, onClose }: UserDialogProps) {
  const t = useTranslations('users.callback');
  const formats = useFormats();
  const [url, setUrl] = useState(callback.url ?? '');
  const [stopUrl, setStopUrl] = useState(callback.stopUrl ?? '');
  const [kept, setKept] = useState(callback);
  const { run, busy, errors, general } = useAction(SetUserCallback, ['url', 'stopUrl']);
  const changed = url.trim() !== (kept.url ?? '') || stopUrl.trim() !== (kept.stopUrl ?? '');

  const save = async () => {
    const payload = await run({ input: { account, login, url: url.trim() || null, stopUrl: stopUrl.trim() || null } });
    if (!payload?.user) return false;
    setKept(payload.user.callback);
    return true;
  };
  const submit = async () => {
    if (!(await save())) return;
    onClose();
    done(t('done', { login }));
  };
  const field = { type: 'url', autoComplete: 'off', spellCheck: false, placeholder: 'https://' } as const;
  return (
    <FormDialog opened onClose={onClose} title={t('title', { login })} submit={t('submit')} onSubmit={submit} busy={busy} general={general} size="lg">
      {kept.disabledAt && (
        <Alert color="red" variant="outline" icon={<IconAlertTriangle />}>
          {t(`disabled.${kept.disabledReason ?? 'FAILING'}`, { time: formats.time(kept.disabledAt) })}
        </Alert>
      )}
      {kept.failingSince && !kept.disabledAt && (
        <Alert color="orange" variant="outline" icon={<IconAlertTriangle />}>
          {t('failing', { time: formats.time(kept.failingSince) })}
        </Alert>
      )}
      <TextInput
        {...field}
        label={t('url')}
        description={t('urlHint')}
        value={url}
        error={errors.url}
        data-autofocus
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      <TextInput
        {...field}
        label={t('stopUrl')}
        description={t('stopUrlHint')}
        value={stopUrl}
        error={errors.stopUrl}
        onChange={(event) => setStopUrl(event.currentTarget.value)}
      />
      <Text size="sm" c="dimmed">
        {t('empty')}
      </Text>
      <TestCall account={account} login={login} stop={false} save={changed ? save : undefined} />
      {stopUrl.trim() !== '' && <TestCall account={account} login={login} stop save={changed ? save : undefined} />}
    </FormDialog>
  );
}
