/** A number is put on the blacklist, or taken off it. */

import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { done, FormDialog } from '~/ui/dialog';
import { AddToBlacklist, type Entry, RemoveFromBlacklist } from './documents';

interface DialogProps {
  account: string;
  onClose: () => void;
}

export function AddDialog({ account, number: first, onClose }: DialogProps & { number: string }) {
  const t = useTranslations('blacklist');
  const [number, setNumber] = useState(first);
  const { run, busy, errors, general } = useAction(AddToBlacklist, ['number']);
  const submit = async () => {
    const payload = await run({ input: { account, number: number.trim() } });
    if (!payload) return;
    onClose();
    done(t('added', { number: payload.entry?.address ?? number }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('add')}
      submit={t('addNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={number.trim().length < 2}
    >
      <TextInput
        label={t('number')}
        description={t('numberWhy')}
        type="tel"
        autoComplete="off"
        value={number}
        onChange={(event) => setNumber(event.currentTarget.value)}
        error={errors.number}
        data-autofocus
      />
      <Text size="sm" c="dimmed">
        {t('addWhy')}
      </Text>
    </FormDialog>
  );
}

export function RemoveDialog({ account, entry, onClose }: DialogProps & { entry: Entry }) {
  const t = useTranslations('blacklist');
  const { run, busy, general, errors } = useAction(RemoveFromBlacklist, ['number']);
  const submit = async () => {
    if (!(await run({ input: { account, number: entry.address } }))) return;
    onClose();
    done(t('removed', { number: entry.address }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('removeTitle', { number: entry.address })}
      submit={t('removeNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general ?? errors.number}
      danger
    >
      <Text>{t('removeWhy', { account })}</Text>
    </FormDialog>
  );
}
