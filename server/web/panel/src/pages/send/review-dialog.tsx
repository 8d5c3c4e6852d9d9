import { Progress, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useFailureText } from '~/client/action';
import { minus, plus } from '~/client/credits';
import { PacedFailure, PacedRequests } from '~/client/paced';
import { useFormats } from '~/i18n/formats';
import { useSession } from '~/session';
import { FormDialog } from '~/ui/dialog';
import { Moves } from '~/ui/moves';
import { Facts } from '~/ui/values';
import { CheckQuery, CreditsLeft, type MessageInput, type SendingAccountData } from './documents';
import { BATCH } from './job-store';
import classes from './page.module.css';
import type { Receivers } from './receivers';
import { InBothZones } from './when';

interface Props {
  input: MessageInput;
  account: SendingAccountData;
  receivers: Receivers;
  onClose: () => void;
  /** Called once it is confirmed. */
  onSend: () => Promise<void>;
}

interface Checked {
  /** How many receivers were looked at. */
  done: number;
  accepted: number;
  held: number;
  body: string;
  parts: number;
  credits: string;
  creditsLeft: string | null;
}

/** What it costs, receiver by receiver, before it is confirmed. */
export function ReviewDialog({ input, account: { timeZone, stopClause }, receivers, onClose, onSend }: Props) {
  const t = useTranslations('send');
  const common = useTranslations('common');
  const formats = useFormats();
  const { checked, failure } = useCheck(input, receivers.numbers);
  const [busy, setBusy] = useState(false);
  const [broken, setBroken] = useState<string | null>(null);
  const { body, parts, credits, creditsLeft, accepted, held, done } = checked;
  const isChecked = creditsLeft !== null;
  const refused = done - accepted;
  const left = creditsLeft === null ? null : minus(creditsLeft, credits);
  const submit = async () => {
    setBusy(true);
    try {
      await onSend();
    } catch {
      // What can't be kept could be sent twice after a reload.
      setBroken(t('notKept'));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('reviewTitle')}
      submit={isChecked ? t('sendTo', { count: accepted, shown: formats.count(accepted) }) : t('send')}
      onSubmit={() => void submit()}
      busy={busy}
      general={failure ?? broken}
      disabled={!isChecked || accepted === 0 || Number(left) < 0}
      size="lg"
    >
      {isChecked ? (
        <Stack gap="md">
          <Facts
            facts={[
              [t('sender'), input.sender],
              [
                t('text'),
                <span key="text" className={classes.written}>
                  {body}
                </span>,
              ],
              ...(stopClause ? [[t('isAdvertising'), common(input.noStop ? 'no' : 'yes')] as const] : []),
              [t('receivers'), formats.count(accepted)],
              ...(refused > 0 ? [[t('wouldBeRefused'), formats.count(refused)] as const] : []),
              ...(receivers.refused.length > 0
                ? [[t('unusable'), t('unusableWhat', { shown: formats.count(receivers.refused.length) })] as const]
                : []),
              [t('parts'), formats.count(parts)],
              [t('cost'), t('exactly', { credits: Number(credits) })],
              [
                t('when'),
                input.deferredUntil ? (
                  <InBothZones key="when" at={new Date(input.deferredUntil)} timeZone={timeZone} />
                ) : (
                  t('now')
                ),
              ],
              ...(held > 0 ? [[t('held'), formats.count(held)] as const] : []),
              ...(input.tag ? [[t('tag'), input.tag] as const] : []),
            ]}
          />
          <Moves label={t('creditsLeft')} moves={[{ name: t('creditsLeft'), before: creditsLeft, after: left ?? '0' }]} />
        </Stack>
      ) : (
        !failure && (
          <Stack gap="xs">
            <Text size="sm" role="status">
              {t('checking', { done: formats.count(done), all: formats.count(receivers.numbers.length) })}
            </Text>
            <Progress value={(done / receivers.numbers.length) * 100} aria-label={t('checkingLabel')} animated />
          </Stack>
        )
      )}
    </FormDialog>
  );
}

const NOTHING: Checked = { done: 0, accepted: 0, held: 0, body: '', parts: 0, credits: '0', creditsLeft: null };

/** Have the server look at every receiver, a batch at a time. */
function useCheck(input: MessageInput, numbers: readonly string[]): { checked: Checked; failure: string | null } {
  const { uncached } = useSession().connection;
  const failureText = useFailureText();
  const [checked, setChecked] = useState(NOTHING);
  const [failure, setFailure] = useState<string | null>(null);

  useEffect(() => {
    const stop = new AbortController();
    const requests = new PacedRequests(uncached, stop.signal);
    const check = async () => {
      let sum = NOTHING;
      for (let from = 0; from < numbers.length; from += BATCH) {
        const batch = numbers.slice(from, from + BATCH);
        const { estimateMessage } = await requests.ask('query', CheckQuery, { input: { ...input, receivers: batch } });
        const accepted = estimateMessage?.receivers.filter((receiver) => receiver.accepted) ?? [];
        sum = {
          ...sum,
          done: sum.done + batch.length,
          accepted: sum.accepted + accepted.length,
          held: sum.held + accepted.filter(({ waitReason }) => waitReason === 'ADVERTISING_HOURS').length,
          body: estimateMessage?.body ?? '',
          parts: estimateMessage?.parts ?? 0,
          credits: plus(sum.credits, estimateMessage?.credits ?? '0'),
        };
        setChecked(sum);
      }
      const { account } = await requests.ask('query', CreditsLeft, { name: input.account });
      setChecked({ ...sum, creditsLeft: account?.creditsLeft ?? '0' });
    };
    setChecked(NOTHING);
    setFailure(null);
    check().catch((error: unknown) => {
      if (error instanceof PacedFailure) setFailure(failureText(error.reason));
      else if (!stop.signal.aborted) throw error;
    });
    return () => stop.abort();
  }, [uncached, input, numbers, failureText]);
  return { checked, failure };
}
