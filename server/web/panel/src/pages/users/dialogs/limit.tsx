/** At what remaining credits an alert goes out, and how. */

import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { useViewer } from '~/session';
import { done, FormDialog } from '~/ui/dialog';
import { SetUserLimit } from '../documents';
import type { UserDialogProps } from './dialogs';
import { LimitFields, type LimitValues, limitInput } from './limit-fields';

export function LimitDialog({ account, user: { login, limit }, onClose }: UserDialogProps) {
  const t = useTranslations('users.limit');
  const { holder } = useViewer();
  const [values, setValues] = useState<LimitValues>({
    enabled: true,
    threshold: limit.threshold ?? '',
    channel: limit.channel ?? 'MAIL',
    email: limit.email ?? holder?.email ?? '',
    phoneNumber: limit.phoneNumber ?? '',
  });
  const { run, busy, errors, general } = useAction(SetUserLimit, ['threshold', 'channel', 'email', 'phoneNumber']);

  const submit = async () => {
    const payload = await run({ input: { account, login, ...limitInput(values) } });
    if (!payload?.user) return;
    onClose();
    const { enabled, emailState, phoneNumberState } = payload.user.limit;
    if (!enabled) done(t('doneOff', { login }));
    else if (emailState === 'ASKED' || phoneNumberState === 'ASKED') done(t('doneAsked', { login }));
    else done(t('done', { login }));
  };
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
      <LimitFields values={values} onChange={setValues} errors={errors} />
    </FormDialog>
  );
}
