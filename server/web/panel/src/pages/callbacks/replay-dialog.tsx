import { Button, Checkbox, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useFailureText, useRefusalText } from '~/client/action';
import { PacedFailure, PacedRequests } from '~/client/paced';
import { useFormats } from '~/i18n/formats';
import { useSession } from '~/session';
import { Refused } from '~/ui/dialog';
import { TimeFilter, UserFilter } from '~/ui/filters';
import { MissedQuery, type ReplayAnswer, ReplayCallbacks, type ReplayInput } from './documents';

interface Props {
  account: string;
  filters: { login: string; from: string; to: string };
  onClose: () => void;
  onReplayed: () => void;
}

const DAY_MS = 86_400_000;

/** Call once more what was missed in a span of time, a thousand at a time. */
export function ReplayDialog({ account, filters, onClose, onReplayed }: Props) {
  const t = useTranslations('callbacks');
  const common = useTranslations('common');
  const formats = useFormats();
  const [from, setFrom] = useState(() => filters.from || new Date(Date.now() - DAY_MS).toISOString());
  const [to, setTo] = useState(() => filters.to || new Date().toISOString());
  const [login, setLogin] = useState(filters.login);
  const [what, setWhat] = useState<'status' | 'stops'>('status');
  const [deliveredToo, setDeliveredToo] = useState(false);
  const { begin, stop, running, replayed, refused, ended } = useReplaySpan(onReplayed);
  const isSpan = from !== '' && to !== '' && from < to;
  const [{ data }] = useQuery({
    query: MissedQuery,
    variables: { account, filter: { state: 'FAILED', login: login || null, createdAfter: from, createdBefore: to } },
    pause: !isSpan,
    requestPolicy: 'network-only',
  });
  const failed = data?.account?.callbackDeliveries.totalCount;
  const submit = () =>
    void begin({ account, login: login || null, from, to, stops: what === 'stops', deliveredToo });
  return (
    <Modal opened onClose={running ? stop : onClose} title={t('replaySpan')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t('replaySpanWhy')}
        </Text>
        <Group grow align="flex-start">
          <TimeFilter label={common('from')} value={from} onChange={setFrom} />
          <TimeFilter label={common('to')} value={to} onChange={setTo} />
        </Group>
        <UserFilter account={account} value={login} onChange={setLogin} />
        <SegmentedControl
          aria-label={t('about')}
          value={what}
          onChange={(value) => setWhat(value as 'status' | 'stops')}
          data={[
            { value: 'status', label: t('statuses') },
            { value: 'stops', label: t('stops') },
          ]}
        />
        <Checkbox
          label={t('deliveredToo')}
          checked={deliveredToo}
          onChange={(event) => setDeliveredToo(event.currentTarget.checked)}
        />
        {isSpan && failed !== undefined && replayed === null && (
          <Text size="sm" role="status">
            {t('failedInSpan', { count: failed, shown: formats.total(failed) })}
          </Text>
        )}
        {replayed !== null && (
          <Text size="sm" role="status" fw={600}>
            {t(ended ? 'replayed' : 'replaying', { count: replayed })}
          </Text>
        )}
        <Refused text={refused} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={running ? stop : onClose}>
            {running ? t('stop') : common('close')}
          </Button>
          {!ended && (
            <Button loading={running} disabled={!isSpan} onClick={submit}>
              {t('replayBegin')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** Replays go on where the last call ended, until nothing is left, somebody stops them, or the server refuses. */
function useReplaySpan(onReplayed: () => void) {
  const { uncached } = useSession().connection;
  const textOf = useRefusalText();
  const failureText = useFailureText();
  const [replayed, setReplayed] = useState<number | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const [running, setRunning] = useState(false);
  const [ended, setEnded] = useState(false);
  const controller = useRef<AbortController>(undefined);

  const begin = async (input: ReplayInput) => {
    controller.current = new AbortController();
    setRunning(true);
    setRefused(null);
    const requests = new PacedRequests(uncached, controller.current.signal);
    let count = 0;
    let after: string | null = null;
    try {
      do {
        const answer: ReplayAnswer = await requests.ask('mutation', ReplayCallbacks, { input: { ...input, after } });
        const payload = answer.replayCallbacks;
        const [refusal] = payload?.userErrors ?? [];
        if (!payload || refusal) {
          setRefused(refusal ? textOf(refusal) : failureText(undefined));
          return;
        }
        count += payload.replayed ?? 0;
        setReplayed(count);
        after = payload.nextAfter;
      } while (after !== null);
      setEnded(true);
    } catch (error) {
      if (error instanceof PacedFailure) setRefused(failureText(error.reason));
      else setEnded(true);
    } finally {
      setRunning(false);
      onReplayed();
    }
  };
  return { begin, stop: () => controller.current?.abort(), running, replayed, refused, ended };
}
