/** A token is made; its secret is shown once. */

import { Alert, Button, Checkbox, Code, Group, Modal, MultiSelect, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconInfoCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { FormDialog } from '~/ui/dialog';
import { UserFilter } from '~/ui/filters';
import { Secret } from '~/ui/values';
import { CreateToken, type Scope, TokenAccountsQuery } from './documents';

const SCOPES = ['READ', 'SEND', 'MANAGE', 'CREDITS', 'OPERATE'] as const satisfies readonly Scope[];
const OF_USERS: readonly Scope[] = ['READ', 'SEND'];
const DAY_SECONDS = 86_400;
const LIFETIMES = [1, 7, 30, 90, 366] as const;
const FIELDS = ['label', 'scopes', 'lifetimeSeconds', 'accounts', 'user'];

interface CreateTokenProps {
  /** What the person may do, and so the token at most. */
  mayHave: readonly Scope[];
  onClose: () => void;
}

export function CreateTokenDialog({ mayHave, onClose }: CreateTokenProps) {
  const t = useTranslations('tokens');
  const [label, setLabel] = useState('');
  const [scopes, setScopes] = useState<Scope[]>(['READ']);
  const [days, setDays] = useState('90');
  const [accounts, setAccounts] = useState<string[]>([]);
  const [login, setLogin] = useState('');
  const [secret, setSecret] = useState<string>();
  const { run, busy, errors, general } = useAction(CreateToken, FIELDS);
  // A user is one account's: it is offered where exactly one is chosen.
  const account = accounts.length === 1 ? accounts[0] : undefined;
  const user = account && login ? { account, login } : null;
  const offered = SCOPES.filter((scope) => mayHave.includes(scope) && (!user || OF_USERS.includes(scope)));

  const submit = async () => {
    const payload = await run({
      input: {
        label: label.trim(),
        scopes: scopes.filter((scope) => offered.includes(scope)),
        lifetimeSeconds: Number(days) * DAY_SECONDS,
        accounts: user ? [] : accounts,
        user,
      },
    });
    if (payload?.secret) setSecret(payload.secret);
  };
  if (secret) return <SecretDialog label={label} secret={secret} onClose={onClose} />;
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('create')}
      submit={t('createNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={label.trim() === ''}
      size="lg"
    >
      <TextInput
        label={t('label')}
        description={t('labelWhy')}
        maxLength={100}
        value={label}
        onChange={(event) => setLabel(event.currentTarget.value)}
        error={errors.label}
        autoComplete="off"
        data-autofocus
      />
      <AccountsField value={accounts} onChange={setAccounts} error={errors.accounts} />
      {account && (
        <UserFilter
          account={account}
          value={login}
          onChange={setLogin}
          label={t('user')}
          placeholder={t('nobody')}
          error={errors.user}
          size="sm"
        />
      )}
      <Checkbox.Group
        label={t('scopes')}
        value={scopes}
        onChange={(chosen) => setScopes(chosen as Scope[])}
        error={errors.scopes}
      >
        <Stack gap="xs" mt="xs">
          {offered.map((scope) => (
            <Checkbox key={scope} value={scope} label={t(`scope.${scope}`)} description={t(`scopeWhy.${scope}`)} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Select
        label={t('lifetime')}
        allowDeselect={false}
        data={LIFETIMES.map((count) => ({ value: `${count}`, label: t('days', { count }) }))}
        value={days}
        onChange={(value) => setDays(value ?? days)}
        error={errors.lifetimeSeconds}
      />
    </FormDialog>
  );
}

function AccountsField({ value, onChange, error }: { value: string[]; onChange: (value: string[]) => void; error?: string }) {
  const t = useTranslations('tokens');
  const [search, setSearch] = useState('');
  const [text] = useDebouncedValue(search.trim(), 150);
  const [{ data }] = useQuery({ query: TokenAccountsQuery, variables: { text: text || null } });
  const found = (data?.accounts?.nodes ?? []).map(({ name }) => name);
  return (
    <MultiSelect
      label={t('accounts')}
      description={t('accountsWhy')}
      placeholder={value.length === 0 ? t('allAccounts') : undefined}
      data={[...new Set([...value, ...found])]}
      value={value}
      onChange={onChange}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options }) => options}
      hidePickedOptions
      error={error}
    />
  );
}

/** The only time that the secret is shown. */
function SecretDialog({ label, secret, onClose }: { label: string; secret: string; onClose: () => void }) {
  const t = useTranslations('tokens');
  const common = useTranslations('common');
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('created', { label })}
      size="lg"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack gap="md">
        <Secret value={secret} label={t('secret')} />
        <Alert variant="outline" color="gray" icon={<IconInfoCircle />}>
          {t('once')}
        </Alert>
        <Text size="sm" c="dimmed">
          {t.rich('howToUse', { code: () => <Code>Authorization: Bearer …</Code> })}
        </Text>
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            {t('kept')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
