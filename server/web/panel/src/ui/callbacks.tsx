/** Callbacks, as the pages of a message and of an account show them. */

import { Code, Group, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';
import { type Column, DataTable } from './table';
import { Ago, State, Time, type Tone } from './values';

export type CallbackState = 'WAITING' | 'DELIVERED' | 'FAILED' | 'CANCELLED';
export type TryVerdict =
  | 'DELIVERED'
  | 'REFUSED_STATUS'
  | 'GONE'
  | 'FORBIDDEN_ADDRESS'
  | 'UNRESOLVED'
  | 'UNREACHABLE'
  | 'TLS_FAILED'
  | 'TIMED_OUT'
  | 'BAD_ANSWER';

export interface Delivery {
  kind: 'STATUS' | 'STOP' | 'TEST';
  state: CallbackState;
  attempts: number;
  nextTryAt: string | null;
  createdAt: string;
  endedAt: string | null;
  url: string | null;
}

export interface Try {
  triedAt: string;
  address: string | null;
  status: number | null;
  latencyMs: number;
  verdict: TryVerdict;
}

const TONES: Record<CallbackState, Tone> = { WAITING: 'busy', DELIVERED: 'good', FAILED: 'bad', CANCELLED: 'idle' };

export function CallbackStateMark({ state }: { state: CallbackState }) {
  const t = useTranslations('callbacks.state');
  return <State tone={TONES[state]}>{t(state)}</State>;
}

/** When a callback is tried next. */
export function NextTry({ time }: { time: string }) {
  const t = useTranslations('callbacks');
  if (Date.parse(time) <= Date.now()) return <>{t('dueNow')}</>;
  return <>{t.rich('nextTry', { time: () => <Ago time={time} /> })}</>;
}

/** What is called, what about, and how far that has come; `about` says more of it than its kind. */
export function DeliveryHead({ delivery, about }: { delivery: Delivery; about?: string }) {
  const t = useTranslations('callbacks');
  return (
    <Stack gap={4}>
      <Group justify="space-between" gap="xs">
        <Group gap="md">
          <CallbackStateMark state={delivery.state} />
          <Text size="sm" c="dimmed">
            {about ?? t(`kind.${delivery.kind}`)}
          </Text>
        </Group>
        <Text size="sm" c="dimmed">
          {delivery.nextTryAt ? (
            <NextTry time={delivery.nextTryAt} />
          ) : (
            <Time time={delivery.endedAt ?? delivery.createdAt} />
          )}
        </Text>
      </Group>
      {delivery.url && (
        <Code fz="xs" style={{ overflowWrap: 'anywhere' }}>
          {delivery.url}
        </Code>
      )}
    </Stack>
  );
}

/** Every try to deliver one callback. */
export function Tries({ tries }: { tries: readonly Try[] }) {
  const t = useTranslations('callbacks');
  const formats = useFormats();
  const columns: Column<Try>[] = [
    {
      key: 'verdict',
      header: t('verdict'),
      render: ({ verdict }) => (
        <State tone={verdict === 'DELIVERED' ? 'good' : 'bad'}>{t(`verdicts.${verdict}`)}</State>
      ),
    },
    { key: 'status', header: t('httpStatus'), end: true, render: ({ status }) => status ?? '–' },
    { key: 'latency', header: t('latency'), end: true, render: ({ latencyMs }) => formats.milliseconds(latencyMs) },
    { key: 'address', header: t('address'), render: ({ address }) => address ?? '–' },
    { key: 'time', header: t('time'), end: true, render: ({ triedAt }) => <Time time={triedAt} precise /> },
  ];
  if (tries.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('noTries')}
      </Text>
    );
  }
  return (
    <DataTable label={t('tries')} columns={columns} rows={tries} rowKey={({ triedAt }) => triedAt} empty={null} />
  );
}
