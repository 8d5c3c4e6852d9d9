/** What is asked before something is done to several users. */

import { Button, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useFormats } from '~/i18n/formats';
import { useViewer } from '~/session';
import { AmountInput } from '~/ui/amount';
import { LimitFields, type LimitValues, limitInput } from '../dialogs/limit-fields';
import { QuotaPreview } from '../dialogs/quota-preview';
import { credits, movesOf, type QuotaChange, type QuotaState, thousandths } from '../dialogs/quota-sum';
import { AccountCreditsQuery, AdjustUserQuota, DeleteUser, SetUserEnabled, SetUserLimit, SetUserQuota } from '../documents';
import type { BulkRequest, BulkUser } from './run';

export interface ChosenUser extends BulkUser {
  enabled: boolean;
  quota: QuotaState;
}

interface FormProps {
  account: string;
  users: readonly ChosenUser[];
  onCancel: () => void;
  onStart: (request: (user: BulkUser) => BulkRequest) => void;
}

interface ShellProps {
  onCancel: () => void;
  onSubmit: () => void;
  submit: string;
  danger?: boolean;
  disabled?: boolean;
  children: ReactNode;
}

function FormShell({ onCancel, onSubmit, submit, danger, disabled, children }: ShellProps) {
  const common = useTranslations('common');
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Stack gap="md">
        {children}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onCancel}>
            {common('cancel')}
          </Button>
          <Button type="submit" color={danger ? 'red' : undefined} disabled={disabled}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The first few logins, and how many more there are. */
function Logins({ users }: { users: readonly BulkUser[] }) {
  const t = useTranslations('users.bulk');
  const first = users.slice(0, 8).map(({ login }) => login);
  const logins = first.join(', ');
  return (
    <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      {users.length > first.length ? t('logins', { logins, more: users.length - first.length }) : logins}
    </Text>
  );
}

function EnabledForm({ account, users, onCancel, onStart, enabled }: FormProps & { enabled: boolean }) {
  const t = useTranslations('users');
  const kind = enabled ? 'enable' : 'disable';
  const start = () =>
    onStart(({ login }) => ({ document: SetUserEnabled, variables: { input: { account, login, enabled } } }));
  return (
    <FormShell onCancel={onCancel} onSubmit={start} submit={t(`${kind}.submit`)} danger={!enabled}>
      <Text size="sm">{t(`bulk.what.${kind}`)}</Text>
      <Logins users={users} />
    </FormShell>
  );
}

function DeleteForm({ account, users, onCancel, onStart }: FormProps) {
  const t = useTranslations('users');
  const left = useAccountLeft(account);
  const moves = users.flatMap(({ quota }) => movesOf('off', '', quota) ?? []);
  const start = () => onStart(({ login }) => ({ document: DeleteUser, variables: { input: { account, login } } }));
  return (
    <FormShell onCancel={onCancel} onSubmit={start} submit={t('bulk.submit.delete', { count: users.length })} danger>
      <Text size="sm">{t('bulk.what.delete')}</Text>
      <Logins users={users} />
      {left !== undefined && moves.length > 0 && <QuotaPreview left={thousandths(left)} moves={moves} />}
    </FormShell>
  );
}

function QuotaForm({ account, users, onCancel, onStart }: FormProps) {
  const t = useTranslations('users');
  const formats = useFormats();
  const left = useAccountLeft(account);
  const [change, setChange] = useState<QuotaChange>('set');
  const [amount, setAmount] = useState('');
  const asked = change === 'off' || amount !== '';
  const moves = users.flatMap(({ quota }) => movesOf(change, amount, quota) ?? []);
  const without = users.length - moves.length;
  const moved = moves.reduce((sum, { moved: each }) => sum + each, 0);
  const tooMuch = left !== undefined && moved > thousandths(left);
  const below = moves.some(({ left }) => left < 0);
  const start = () =>
    onStart(({ login }) =>
      change === 'add' || change === 'take'
        ? { document: AdjustUserQuota, variables: { input: { account, login, delta: change === 'take' ? `-${amount}` : amount } } }
        : {
            document: SetUserQuota,
            variables: { input: { account, login, enabled: change === 'set', credits: change === 'set' ? amount : null } },
          },
    );
  return (
    <FormShell onCancel={onCancel} onSubmit={start} submit={t(`quota.submit.${change}`)} disabled={!asked || tooMuch || moves.length === 0}>
      <Logins users={users} />
      <SegmentedControl
        aria-label={t('quota.change')}
        value={change}
        onChange={(value) => setChange(value as QuotaChange)}
        data={(['set', 'add', 'take', 'off'] as const).map((value) => ({ value, label: t(`quota.changes.${value}`) }))}
      />
      {change !== 'off' && (
        <AmountInput label={t(`bulk.amount.${change}`)} value={amount} onChange={setAmount} autoFocus required />
      )}
      {left !== undefined && <QuotaPreview left={thousandths(left)} moves={asked ? moves : null} />}
      {asked && without > 0 && <Text size="sm">{t('bulk.withoutQuota', { count: without })}</Text>}
      {asked && below && (
        <Text size="sm">
          {t('bulk.below', { count: moves.filter(({ left }) => left < 0).length, amount: formats.credits(credits(thousandths(amount))) })}
        </Text>
      )}
    </FormShell>
  );
}

function LimitForm({ account, users, onCancel, onStart }: FormProps) {
  const t = useTranslations('users');
  const { holder } = useViewer();
  const [values, setValues] = useState<LimitValues>({
    enabled: true,
    threshold: '',
    channel: 'MAIL',
    email: holder?.email ?? '',
    phoneNumber: '',
  });
  const start = () =>
    onStart(({ login }) => ({ document: SetUserLimit, variables: { input: { account, login, ...limitInput(values) } } }));
  return (
    <FormShell onCancel={onCancel} onSubmit={start} submit={t('limit.submit')} disabled={values.enabled && values.threshold === ''}>
      <Logins users={users} />
      <LimitFields values={values} onChange={setValues} errors={{}} />
    </FormShell>
  );
}

function useAccountLeft(account: string): string | undefined {
  const [{ data }] = useQuery({ query: AccountCreditsQuery, variables: { account } });
  return data?.account?.creditsLeft;
}

export const BULK_FORMS = {
  enable: (props: FormProps) => <EnabledForm {...props} enabled />,
  disable: (props: FormProps) => <EnabledForm {...props} enabled={false} />,
  quota: QuotaForm,
  limit: LimitForm,
  delete: DeleteForm,
};
