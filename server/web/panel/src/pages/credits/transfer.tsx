/** Credits are moved to another account of the same holder; what will be left is shown first. */

import { Select, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
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
import { type LedgerAccount, TargetsQuery, Transfer } from './documents';

export function TransferDialog({ source, onClose }: { source: LedgerAccount; onClose: () => void }) {
  const t = useTranslations('credits');
  const formats = useFormats();
  const [target, setTarget] = useState('');
  const [credits, setCredits] = useState('');
  const keyFor = useOnceKey();
  const { run, busy, errors, general } = useAction(Transfer, ['target', 'credits']);
  const { options, search, setSearch, creditsOf } = useTargets(source);

  const submit = async () => {
    const input = { source: source.name, target, credits: credits || '0' };
    if (!(await run({ input: { ...input, idempotencyKey: keyFor(input) } }))) return;
    onClose();
    done(t('transferred', { credits: formats.credits(credits), target }));
  };
  const theirs = creditsOf(target);
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('transfer')}
      submit={t('transferNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={!target}
    >
      <Text size="sm" c="dimmed">
        {t('transferWhy')}
      </Text>
      <Select
        label={t('target')}
        placeholder={t('chooseTarget')}
        data={options}
        searchable
        searchValue={search}
        onSearchChange={setSearch}
        filter={({ options: found }) => found}
        nothingFoundMessage={t('noTarget')}
        value={target || null}
        onChange={(name) => setTarget(name ?? '')}
        error={errors.target}
        data-autofocus
      />
      <AmountInput label={t('amount')} value={credits} onChange={setCredits} error={errors.credits} />
      {theirs !== undefined && Number(credits) > 0 && (
        <Moves
          label={t('whatMoves')}
          moves={[
            { name: source.name, before: source.creditsLeft, after: minus(source.creditsLeft, credits) },
            { name: target, before: theirs, after: plus(theirs, credits) },
          ]}
        />
      )}
    </FormDialog>
  );
}

/** The holder's other accounts, found by the server by the first letters of the name. */
function useTargets(source: LedgerAccount) {
  const formats = useFormats();
  const t = useTranslations('credits');
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 150);
  const [{ data }] = useQuery({ query: TargetsQuery, variables: { text: asked.split(' ')[0] || null } });
  const others = (data?.accounts?.nodes ?? []).filter(
    ({ id, holder }) => id !== source.id && holder.id === source.holder.id,
  );
  const [known] = useState(() => new Map<string, string>());
  for (const { name, creditsLeft } of others) known.set(name, creditsLeft);
  const options = others.map(({ name, creditsLeft }) => ({
    value: name,
    label: t('targetLeft', { name, credits: formats.credits(creditsLeft) }),
  }));
  return { options, search, setSearch, creditsOf: (name: string) => known.get(name) };
}
