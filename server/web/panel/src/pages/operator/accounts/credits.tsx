/** Credits are granted to an account, or taken off it again; what will be left is shown first. */

import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { minus, plus } from '~/client/credits';
import { useOnceKey } from '~/client/once';
import { useFormats } from '~/i18n/formats';
import { AmountInput } from '~/ui/amount';
import { done, FormDialog } from '~/ui/dialog';
import { Moves } from '~/ui/moves';
import type { AccountDialogProps } from './dialogs';
import { type Account, CorrectCredits, CreditsQuery, GrantCredits } from './documents';

export function GrantDialog({ account, onClose }: AccountDialogProps) {
  const t = useTranslations('operator.accounts');
  const formats = useFormats();
  const left = useCreditsLeft(account);
  const [credits, setCredits] = useState('');
  const [reason, setReason] = useState('');
  const keyFor = useOnceKey();
  const { run, busy, errors, general } = useAction(GrantCredits, ['credits', 'reason']);
  const submit = async () => {
    const input = { account: account.name, credits, reason: reason.trim() || null };
    if (!(await run({ input: { ...input, idempotencyKey: keyFor(input) } }))) return;
    onClose();
    done(t('granted', { credits: formats.credits(credits), name: account.name }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('grantTitle', { name: account.name })}
      submit={t('grantNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={!(Number(credits) > 0)}
    >
      <AmountInput label={t('amount')} value={credits} onChange={setCredits} error={errors.credits} autoFocus />
      <TextInput
        label={t('reason')}
        description={t('grantReasonWhy')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={errors.reason}
        maxLength={200}
        autoComplete="off"
      />
      {Number(credits) > 0 && (
        <Moves label={t('whatMoves')} moves={[{ name: account.name, before: left, after: plus(left, credits) }]} />
      )}
    </FormDialog>
  );
}

export function CorrectDialog({ account, onClose }: AccountDialogProps) {
  const t = useTranslations('operator.accounts');
  const formats = useFormats();
  const left = useCreditsLeft(account);
  const [credits, setCredits] = useState('');
  const [reason, setReason] = useState('');
  const { run, busy, errors, general } = useAction(CorrectCredits, ['credits', 'reason']);
  const submit = async () => {
    if (!(await run({ input: { account: account.name, credits, reason: reason.trim() } }))) return;
    onClose();
    done(t('corrected', { credits: formats.credits(credits), name: account.name }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('correctTitle', { name: account.name })}
      submit={t('correctNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={!(Number(credits) > 0) || !reason.trim()}
      danger
    >
      <Text size="sm">{t('correctWhy')}</Text>
      <AmountInput label={t('amount')} value={credits} onChange={setCredits} error={errors.credits} autoFocus />
      <TextInput
        label={t('reason')}
        description={t('correctReasonWhy')}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        error={errors.reason}
        maxLength={200}
        autoComplete="off"
      />
      {Number(credits) > 0 && (
        <Moves label={t('whatMoves')} moves={[{ name: account.name, before: left, after: minus(left, credits) }]} />
      )}
    </FormDialog>
  );
}

/** Return what is left now: the list may have been asked for a while ago. */
function useCreditsLeft({ name, creditsLeft }: Account): string {
  const [{ data }] = useQuery({ query: CreditsQuery, variables: { name }, requestPolicy: 'cache-and-network' });
  return data?.account?.creditsLeft ?? creditsLeft;
}
