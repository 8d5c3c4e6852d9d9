/** Letting a user act again, and stopping it. */

import { Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { useFormats } from '~/i18n/formats';
import { done, FormDialog } from '~/ui/dialog';
import { SetUserEnabled, WaitingQuery } from '../documents';
import type { UserDialogProps } from './dialogs';

export function EnableDialog({ account, user: { login }, onClose }: UserDialogProps) {
  const t = useTranslations('users.enable');
  const { run, busy, general } = useAction(SetUserEnabled);
  const submit = async () => {
    if (!(await run({ input: { account, login, enabled: true } }))) return;
    onClose();
    done(t('done', { login }));
  };
  return (
    <FormDialog opened onClose={onClose} title={t('title', { login })} submit={t('submit')} onSubmit={submit} busy={busy} general={general}>
      <Text size="sm">{t('what')}</Text>
    </FormDialog>
  );
}

export function DisableDialog({ account, user: { login }, onClose }: UserDialogProps) {
  const t = useTranslations('users.disable');
  const { run, busy, general } = useAction(SetUserEnabled);
  const submit = async () => {
    if (!(await run({ input: { account, login, enabled: false } }))) return;
    onClose();
    done(t('done', { login }));
  };
  return (
    <FormDialog opened onClose={onClose} title={t('title', { login })} submit={t('submit')} onSubmit={submit} busy={busy} general={general} danger>
      <Text size="sm">{t('what')}</Text>
      <Waiting account={account} login={login} />
    </FormDialog>
  );
}

/** How many messages would be cancelled, and so come back. */
export function Waiting({ account, login }: { account: string; login: string }) {
  const t = useTranslations('users');
  const formats = useFormats();
  const [{ data }] = useQuery({ query: WaitingQuery, variables: { account, login } });
  if (!data?.messages) return null;
  const count = data.messages.totalCount;
  return <Text size="sm">{t('waiting', { count, shown: formats.total(count) })}</Text>;
}
