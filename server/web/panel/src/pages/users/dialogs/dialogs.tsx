/** The dialogs about one user, of which at most one is open. */

import { type ComponentType, useState } from 'react';
import type { User } from '../documents';
import { focusMenu } from '../menu';
import { CallbackDialog } from './callback';
import { DeleteDialog } from './delete';
import { DisableDialog, EnableDialog } from './enabled';
import { LimitDialog } from './limit';
import { PasswordDialog } from './password';
import { QuotaDialog } from './quota';
import { RestrictionsDialog } from './restrictions';

export interface UserDialogProps {
  account: string;
  user: User;
  onClose: () => void;
}

const DIALOGS = {
  password: PasswordDialog,
  quota: QuotaDialog,
  limit: LimitDialog,
  restrictions: RestrictionsDialog,
  callback: CallbackDialog,
  enable: EnableDialog,
  disable: DisableDialog,
  delete: DeleteDialog,
} satisfies Record<string, ComponentType<UserDialogProps>>;

export type OpenDialog = (kind: keyof typeof DIALOGS, user: User) => void;

/** The dialog that is open, to be put on the page, and how to open one. */
export function useUserDialogs(account: string) {
  const [shown, setShown] = useState<{ kind: keyof typeof DIALOGS; user: User } | null>(null);
  const open: OpenDialog = (kind, user) => setShown({ kind, user });
  const close = () => {
    setShown(null);
    // The menu's item, from which it was opened, is gone: the focus goes to the menu's button.
    if (shown) setTimeout(() => focusMenu(shown.user));
  };
  const Shown = shown && DIALOGS[shown.kind];
  return { open, shown: Shown && <Shown account={account} user={shown.user} onClose={close} /> };
}
