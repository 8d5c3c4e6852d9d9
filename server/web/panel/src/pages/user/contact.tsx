/** Whether an address or a number wants alerts, and the ways to hear yes from it. */

import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { useSession } from '~/session';
import { done, FormDialog, Refused } from '~/ui/dialog';
import { State } from '~/ui/values';
import { ConfirmPhoneNumber, RequestConfirmation } from './documents';

const TONES = { UNCONFIRMED: 'warn', ASKED: 'busy', CONFIRMED: 'good', REFUSED: 'bad' } as const;

interface ContactProps {
  account: string;
  /** One of the two. */
  email?: string;
  phoneNumber?: string;
  state: keyof typeof TONES;
}

export function ContactState({ account, email, phoneNumber, state }: ContactProps) {
  const t = useTranslations('userPage.contact');
  const { refresh } = useSession().connection;
  const [coding, setCoding] = useState(false);
  const asking = useAction(RequestConfirmation);
  const ask = async () => {
    const contact = phoneNumber ? { phoneNumber } : { email };
    if (!(await asking.run({ input: { account, ...contact } }))) return;
    refresh();
    done(t('asked', { contact: email ?? phoneNumber ?? '' }));
  };
  return (
    <Stack gap={4} align="flex-start">
      <span>{email ?? phoneNumber}</span>
      <State tone={TONES[state]}>{t(`state.${state}`)}</State>
      {(state === 'UNCONFIRMED' || state === 'ASKED') && (
        <Group gap="xs">
          {phoneNumber && state === 'ASKED' && (
            <Button variant="default" size="compact-xs" onClick={() => setCoding(true)}>
              {t('enterCode')}
            </Button>
          )}
          <Button variant="default" size="compact-xs" loading={asking.busy} onClick={() => void ask()}>
            {t(state === 'ASKED' ? 'askAgain' : 'ask')}
          </Button>
        </Group>
      )}
      <Refused text={asking.general} />
      {coding && phoneNumber && <CodeDialog account={account} phoneNumber={phoneNumber} onClose={() => setCoding(false)} />}
    </Stack>
  );
}

const CODE_LENGTH = 6;

function CodeDialog({ account, phoneNumber, onClose }: { account: string; phoneNumber: string; onClose: () => void }) {
  const t = useTranslations('userPage.contact');
  const { refresh } = useSession().connection;
  const [code, setCode] = useState('');
  const { run, busy, errors, general } = useAction(ConfirmPhoneNumber, ['code']);
  const submit = async () => {
    if (!(await run({ input: { account, phoneNumber, code: code.trim() } }))) return;
    refresh();
    onClose();
    done(t('confirmed', { phoneNumber }));
  };
  return (
    <FormDialog opened onClose={onClose} title={t('codeTitle')} submit={t('confirm')} onSubmit={submit} busy={busy} general={general}>
      <Text size="sm">{t('codeWhat', { phoneNumber })}</Text>
      <TextInput
        label={t('code')}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={CODE_LENGTH}
        value={code}
        error={errors.code}
        data-autofocus
        onChange={(event) => setCode(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
