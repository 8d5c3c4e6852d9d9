/** At what remaining credits of the account an alert goes out, and how. */

import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { LimitFields, limitInput, type LimitValues } from '~/pages/users/dialogs/limit-fields';
import { useViewer } from '~/session';
import { done, FormDialog } from '~/ui/dialog';
import { type AccountWithLimit, SetAccountLimit } from './documents';

export function LimitDialog({ account: { name, limit }, onClose }: { account: AccountWithLimit; onClose: () => void }) {
  const t = useTranslations('alerts.own');
  const { holder } = useViewer();
  const [values, setValues] = useState<LimitValues>({
    enabled: true,
    threshold: limit.threshold ?? '',
    channel: limit.channel ?? 'MAIL',
    email: limit.email ?? holder?.email ?? '',
    phoneNumber: limit.phoneNumber ?? '',
  });
  const { run, busy, errors, general } = useAction(SetAccountLimit, ['threshold', 'channel', 'email', 'phoneNumber']);
  const submit = async () => {
    const payload = await run({ input: { account: name, ...limitInput(values) } });
    if (!payload?.account) return;
    onClose();
    const { enabled, emailState, phoneNumberState } = payload.account.limit;
    if (!enabled) done(t('doneOff'));
    else done(t(emailState === 'ASKED' || phoneNumberState === 'ASKED' ? 'doneAsked' : 'done'));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('title')}
      submit={t('save')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
    >
      <LimitFields values={values} onChange={setValues} errors={errors} />
    </FormDialog>
  );
}
