/** A new account, of a holder that there is. */

import { Select, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { done, FormDialog } from '~/ui/dialog';
import { CreateAccount, HoldersQuery } from './documents';

const PREFIX = 'sms-';

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('operator.accounts');
  const [name, setName] = useState(PREFIX);
  const [holderEmail, setHolderEmail] = useState('');
  const [description, setDescription] = useState('');
  const { run, busy, errors, general } = useAction(CreateAccount, ['name', 'holderEmail', 'description']);
  const submit = async () => {
    const input = { name: name.trim(), holderEmail, description: description.trim() || null };
    if (!(await run({ input }))) return;
    onClose();
    done(t('created', { name: input.name }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('create')}
      submit={t('createNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={name.trim() === PREFIX || !holderEmail}
    >
      <TextInput
        label={t('name')}
        description={t('nameWhy')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={errors.name}
        maxLength={40}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
      />
      <HolderChoice value={holderEmail} onChange={setHolderEmail} error={errors.holderEmail} />
      <TextInput
        label={t('about')}
        description={t('aboutWhy')}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        error={errors.description}
        maxLength={200}
        autoComplete="off"
      />
    </FormDialog>
  );
}

interface HolderChoiceProps {
  value: string;
  onChange: (email: string) => void;
  error?: string;
}

/** A holder, found by the server by a part of the name or address. */
function HolderChoice({ value, onChange, error }: HolderChoiceProps) {
  const t = useTranslations('operator.accounts');
  const [search, setSearch] = useState('');
  // What stands there once one is chosen is its own label, and no search.
  const [asked] = useDebouncedValue(value && search.includes(value) ? '' : search.trim(), 150);
  const [{ data }] = useQuery({ query: HoldersQuery, variables: { search: asked || null } });
  const found = data?.holders?.nodes ?? [];
  const options = found.map(({ name, email }) => ({ value: email, label: t('holderChoice', { name, email }) }));
  const chosen = value && !found.some(({ email }) => email === value) ? [{ value, label: search || value }] : [];
  return (
    <Select
      label={t('holder')}
      placeholder={t('chooseHolder')}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options: all }) => all}
      nothingFoundMessage={t('noHolder')}
      data={[...chosen, ...options]}
      value={value || null}
      onChange={(email) => onChange(email ?? '')}
      error={error}
    />
  );
}
