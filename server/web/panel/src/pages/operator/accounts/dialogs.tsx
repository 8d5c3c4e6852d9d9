/** The dialogs about one account, of which at most one is open. */

import { Text } from '@mantine/core';
import { type ComponentType, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { done, FormDialog } from '~/ui/dialog';
import { CorrectDialog, GrantDialog } from './credits';
import { type Account, SetStatus } from './documents';

export interface AccountDialogProps {
  account: Account;
  onClose: () => void;
}

function StatusDialog({ account: { name, status }, onClose }: AccountDialogProps) {
  const t = useTranslations('operator.accounts');
  const { run, busy, general } = useAction(SetStatus);
  const [disables] = useState(status === 'ENABLED');
  const what = disables ? 'disable' : 'enable';
  const submit = async () => {
    if (!(await run({ input: { account: name, status: disables ? 'DISABLED' : 'ENABLED' } }))) return;
    onClose();
    done(t(`${what}d`, { name }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t(`${what}Title`, { name })}
      submit={t(`${what}Now`)}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger={disables}
    >
      <Text size="sm">{t(`${what}Why`)}</Text>
    </FormDialog>
  );
}

const DIALOGS = { grant: GrantDialog, correct: CorrectDialog, status: StatusDialog } satisfies Record<
  string,
  ComponentType<AccountDialogProps>
>;

export type OpenDialog = (kind: keyof typeof DIALOGS, account: Account) => void;

/** The dialog that is open, to be put on the page, and how to open one. */
export function useAccountDialogs() {
  const [shown, setShown] = useState<{ kind: keyof typeof DIALOGS; account: Account } | null>(null);
  const open: OpenDialog = (kind, account) => setShown({ kind, account });
  const Shown = shown && DIALOGS[shown.kind];
  return { open, shown: Shown && <Shown account={shown.account} onClose={() => setShown(null)} /> };
}
