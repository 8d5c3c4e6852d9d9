/** The dialogs about one holder, of which at most one is open. */

import { Checkbox, Text } from '@mantine/core';
import { type ComponentType, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { done, FormDialog } from '~/ui/dialog';
import { NO_PASSWORD } from '~/ui/new-password';
import { EndSessions, type Holder, ResetPassword, SessionsQuery, SetEnabled } from './documents';
import { PasswordFields, PasswordShown } from './password';

interface HolderDialogProps {
  holder: Holder;
  onClose: () => void;
}

function ResetDialog({ holder: { email }, onClose }: HolderDialogProps) {
  const t = useTranslations('operator.holders');
  const [choice, setChoice] = useState(NO_PASSWORD);
  const [revokeTokens, setRevokeTokens] = useState(false);
  const [made, setMade] = useState<string>();
  const { run, busy, errors, general } = useAction(ResetPassword, ['password']);
  const submit = async () => {
    const given = choice.kind === 'given' ? choice.given : null;
    const payload = await run({ input: { email, password: given, revokeTokens } });
    if (payload) setMade(payload.generatedPassword ?? given ?? '');
  };
  if (made !== undefined) {
    return <PasswordShown title={t('resetDone', { email })} email={email} password={made} onClose={onClose} />;
  }
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('resetTitle', { email })}
      submit={t('resetNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={choice.kind === 'given' && !choice.given}
      danger
    >
      <Text size="sm">{t('resetWhy')}</Text>
      <PasswordFields value={choice} onChange={setChoice} error={errors.password} />
      <Checkbox
        label={t('revokeTokens')}
        checked={revokeTokens}
        onChange={(event) => setRevokeTokens(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}

function EnabledDialog({ holder: { email, enabled }, onClose }: HolderDialogProps) {
  const t = useTranslations('operator.holders');
  const { run, busy, general } = useAction(SetEnabled);
  const [disables] = useState(enabled);
  const what = disables ? 'disable' : 'enable';
  const submit = async () => {
    if (!(await run({ input: { email, enabled: !disables } }))) return;
    onClose();
    done(t(`${what}d`, { email }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t(`${what}Title`, { email })}
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

function SessionsDialog({ holder: { id, email }, onClose }: HolderDialogProps) {
  const t = useTranslations('operator.holders');
  const { run, busy, general } = useAction(EndSessions);
  const [{ data }] = useQuery({ query: SessionsQuery, variables: { id }, requestPolicy: 'network-only' });
  const open = data?.node?.__typename === 'Holder' ? data.node.sessions.totalCount : undefined;
  const submit = async () => {
    const payload = await run({ input: { holderEmail: email } });
    if (!payload) return;
    onClose();
    done(t('sessionsEnded', { count: payload.revoked ?? 0, email }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('sessionsTitle', { email })}
      submit={t('sessionsNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger
    >
      {open !== undefined && <Text size="sm">{t('sessionsOpen', { count: open })}</Text>}
      <Text size="sm">{t('sessionsWhy')}</Text>
    </FormDialog>
  );
}

const DIALOGS = { reset: ResetDialog, enabled: EnabledDialog, sessions: SessionsDialog } satisfies Record<
  string,
  ComponentType<HolderDialogProps>
>;

export type OpenDialog = (kind: keyof typeof DIALOGS, holder: Holder) => void;

/** The dialog that is open, to be put on the page, and how to open one. */
export function useHolderDialogs() {
  const [shown, setShown] = useState<{ kind: keyof typeof DIALOGS; holder: Holder } | null>(null);
  const open: OpenDialog = (kind, holder) => setShown({ kind, holder });
  const Shown = shown && DIALOGS[shown.kind];
  return { open, shown: Shown && <Shown holder={shown.holder} onClose={() => setShown(null)} /> };
}
