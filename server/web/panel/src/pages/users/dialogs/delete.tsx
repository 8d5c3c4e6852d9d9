/** Deleting a user: what comes back is shown first. */

import { Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useLocation } from 'wouter';
import { useAction } from '~/client/action';
import { useFormats } from '~/i18n/formats';
import { accountPath, userPath } from '~/paths';
import { done, FormDialog } from '~/ui/dialog';
import { DeleteUser, QuotaQuery } from '../documents';
import type { UserDialogProps } from './dialogs';
import { Waiting } from './enabled';
import { movesOf, thousandths } from './quota-sum';
import { QuotaPreview } from './quota-preview';

export function DeleteDialog({ account, user, onClose }: UserDialogProps) {
  const t = useTranslations('users.delete');
  const formats = useFormats();
  const { login } = user;
  const [location, go] = useLocation();
  const [{ data }] = useQuery({ query: QuotaQuery, variables: { account, login } });
  const quota = data?.user?.quota ?? user.quota;
  const moves = movesOf('off', '', quota);
  const { run, busy, general } = useAction(DeleteUser);
  const submit = async () => {
    if (!(await run({ input: { account, login } }))) return;
    onClose();
    done(quota.enabled ? t('doneWith', { login, credits: formats.credits(quota.left) }) : t('done', { login }));
    if (location.startsWith(userPath(account, login))) go(accountPath(account, 'users'));
  };
  return (
    <FormDialog opened onClose={onClose} title={t('title', { login })} submit={t('submit')} onSubmit={submit} busy={busy} general={general} danger>
      <Text size="sm">{t('what')}</Text>
      {data?.account && moves && <QuotaPreview left={thousandths(data.account.creditsLeft)} moves={[moves]} />}
      <Waiting account={account} login={login} />
    </FormDialog>
  );
}
