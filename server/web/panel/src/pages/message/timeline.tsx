import { Badge, Group, Stack, Text, Timeline as Line } from '@mantine/core';
import { IconCheck, IconClock, IconHourglass, IconPlus, IconRotate, IconX } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';
import { type DeliveryStatus, Time } from '~/ui/values';
import { usePttWords } from '~/ui/ptt';
import type { Message, MessageEvent } from './documents';

const ICONS: Record<DeliveryStatus, typeof IconCheck> = {
  CREATED: IconPlus,
  PENDING: IconClock,
  BUFFERED: IconHourglass,
  SUCCESS: IconCheck,
  FAILED: IconX,
  NOT_BILLED: IconRotate,
};

const TONES: Record<DeliveryStatus, string> = {
  CREATED: 'idle',
  PENDING: 'busy',
  BUFFERED: 'warn',
  SUCCESS: 'good',
  FAILED: 'bad',
  NOT_BILLED: 'idle',
};

/** Everything that happened to a message, oldest first, and what it waits for where it waits. */
export function Timeline({ message }: { message: Message }) {
  const t = useTranslations('message');
  const common = useTranslations('common');
  const formats = useFormats();
  const { events, status, waitReason, deferredUntil, heldUntil } = message;
  const until = deferredUntil && heldUntil ? (deferredUntil > heldUntil ? deferredUntil : heldUntil) : (deferredUntil ?? heldUntil);
  return (
    <Line active={events.length - 1} bulletSize={24} lineWidth={2} color="gray">
      {events.map((event) => {
        const Icon = ICONS[event.status];
        return (
          <Line.Item
            key={event.id}
            bullet={<Icon size={14} aria-hidden />}
            color={`var(--panel-${TONES[event.status]})`}
            title={
              <Group justify="space-between" gap="xs">
                <Text fw={600}>{common(`status.${event.status}`)}</Text>
                <Text size="sm" c="dimmed" className="numbers">
                  <Time time={event.occurredAt} precise />
                </Text>
              </Group>
            }
          >
            <Reason event={event} />
          </Line.Item>
        );
      })}
      {status === 'CREATED' && waitReason && (
        <Line.Item bullet={<IconClock size={14} aria-hidden />} title={<Text fw={600}>{t(`waits.${waitReason}`)}</Text>}>
          <Text size="sm" c="dimmed">
            {until && waitReason !== 'NO_LINK' ? t('waitsUntil', { time: formats.time(until) }) : t('waitsWhy')}
          </Text>
        </Line.Item>
      )}
    </Line>
  );
}

function Reason({ event: { ptt, status, previousStatus } }: { event: MessageEvent }) {
  const t = useTranslations('message');
  const words = usePttWords();
  if (!ptt) {
    return (
      <Text size="sm" c="dimmed">
        {t(`happened.${previousStatus === null ? 'ACCEPTED' : status}`)}
      </Text>
    );
  }
  const { description, comment } = words(ptt);
  return (
    <Stack gap={4}>
      <Text size="sm">{description}</Text>
      {comment && (
        <Text size="sm" c="dimmed">
          {comment}
        </Text>
      )}
      <Group gap={6}>
        <Badge variant="default" radius="sm" tt="none" fw={500}>
          {t('ptt', { code: ptt.code })}
        </Badge>
        <Badge variant="default" radius="sm" tt="none" fw={500}>
          {t(`duration.${ptt.duration}`)}
        </Badge>
        {ptt.final !== null && (
          <Badge variant="default" radius="sm" tt="none" fw={500}>
            {t(ptt.final ? 'final' : 'notFinal')}
          </Badge>
        )}
      </Group>
    </Stack>
  );
}
