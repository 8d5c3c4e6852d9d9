/** A user's quota: what would move is shown before it does. */

import { SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { useFormats } from '~/i18n/formats';
import { AmountInput } from '~/ui/amount';
import { done, FormDialog } from '~/ui/dialog';
import { AdjustUserQuota, QuotaQuery, SetUserQuota } from '../documents';
import type { UserDialogProps } from './dialogs';
import { type QuotaChange, credits, movesOf, thousandths } from './quota-sum';
import { QuotaPreview } from './quota-preview';

export function QuotaDialog({ account, user, onClose }: UserDialogProps) {
  const t = useTranslations('users.quota');
  const formats = useFormats();
  const { login } = user;
  const [{ data }] = useQuery({ query: QuotaQuery, variables: { account, login }, requestPolicy: 'cache-and-network' });
  const quota = data?.user?.quota ?? user.quota;
  const accountLeft = data?.account?.creditsLeft;
  const [change, setChange] = useState<QuotaChange>('set');
  const [amount, setAmount] = useState('');
  const setting = useAction(SetUserQuota, ['credits']);
  const adjusting = useAction(AdjustUserQuota, ['delta']);
  const changes: QuotaChange[] = quota.enabled ? ['set', 'add', 'take', 'off'] : ['set'];
  const moves = change === 'off' || amount !== '' ? movesOf(change, amount, quota) : null;

  const isTooMuch = moves !== null && (moves.left < 0 || (accountLeft !== undefined && moves.moved > thousandths(accountLeft)));

  const submit = async () => {
    const payload =
      change === 'set' || change === 'off'
        ? await setting.run({ input: { account, login, enabled: change === 'set', credits: change === 'set' ? amount || null : null } })
        : await adjusting.run({ input: { account, login, delta: change === 'take' ? `-${amount || '0'}` : amount || '0' } });
    if (!payload?.user) return;
    onClose();
    const { enabled, left } = payload.user.quota;
    done(enabled ? t('done', { login, credits: formats.credits(left) }) : t('doneOff', { login }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('title', { login })}
      submit={t(`submit.${change}`)}
      onSubmit={submit}
      busy={setting.busy || adjusting.busy}
      disabled={isTooMuch}
      general={setting.general ?? adjusting.general}
    >
      <Text size="sm">{quota.enabled ? t('isOn', { left: formats.credits(quota.left), assigned: formats.credits(quota.assigned) }) : t('isOff')}</Text>
      {changes.length > 1 && (
        <SegmentedControl
          aria-label={t('change')}
          value={change}
          onChange={(value) => {
            setting.clear();
            adjusting.clear();
            setChange(value as QuotaChange);
          }}
          data={changes.map((value) => ({ value, label: t(`changes.${value}`) }))}
        />
      )}
      {change !== 'off' && (
        <AmountInput
          label={t(`amount.${change}`)}
          description={t(`hint.${change}`)}
          value={amount}
          onChange={setAmount}
          error={setting.errors.credits ?? adjusting.errors.delta}
          autoFocus
          required
        />
      )}
      {accountLeft !== undefined && (
        <QuotaPreview
          left={thousandths(accountLeft)}
          moves={moves && [moves]}
          user={moves && { before: quota.enabled ? quota.left : null, after: change === 'off' ? null : credits(moves.left) }}
        />
      )}
    </FormDialog>
  );
}
