/** Single values, each shown in one way on all pages. */

import { ActionIcon, Box, Code, Group, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';

/** A time, as long ago as it is; the exact one on hover and for screen readers. */
export function Ago({ time }: { time: string | null | undefined }) {
  const formats = useFormats();
  const t = useTranslations('common');
  if (!time) return <Text span c="dimmed" inherit>{t('never')}</Text>;
  return (
    <time dateTime={time} title={formats.exact(time)}>
      {formats.ago(time)}
    </time>
  );
}

/** A time with its date; `precise` to the second. */
export function Time({ time, precise = false }: { time: string | null | undefined; precise?: boolean }) {
  const formats = useFormats();
  if (!time) return <>–</>;
  return (
    <time dateTime={time} title={formats.exact(time)}>
      {precise ? formats.precise(time) : formats.time(time)}
    </time>
  );
}

export function Credits({ value }: { value: string | null | undefined }) {
  const formats = useFormats();
  return <span className="numbers">{value === null || value === undefined ? '–' : formats.credits(value)}</span>;
}

/** Credits that came or went. */
export function Change({ value }: { value: string }) {
  const formats = useFormats();
  const came = Number(value) > 0;
  return (
    <Text span inherit className="numbers" c={came ? 'var(--panel-good)' : undefined}>
      {formats.change(value)}
    </Text>
  );
}

/** Who did something, as ledger and audit trail name them. */
export function Causer({ name }: { name: string }) {
  const t = useTranslations('common');
  if (name === 'server') return <>{t('byServer')}</>;
  if (name.startsWith(USER)) return <>{t('byUser', { login: name.slice(USER.length) })}</>;
  return <>{name}</>;
}

const USER = 'user:';

export type Tone = 'good' | 'bad' | 'busy' | 'warn' | 'idle';

/** A state in a word, with a dot of its tone. */
export function State({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <Group gap={7} wrap="nowrap" display="inline-flex">
      <Box w={8} h={8} bg={`var(--panel-${tone})`} bdrs="xl" style={{ flex: 'none' }} aria-hidden />
      <span>{children}</span>
    </Group>
  );
}

const STATUS_TONES = {
  CREATED: 'idle',
  PENDING: 'busy',
  BUFFERED: 'warn',
  SUCCESS: 'good',
  FAILED: 'bad',
  NOT_BILLED: 'idle',
} as const satisfies Record<string, Tone>;

export type DeliveryStatus = keyof typeof STATUS_TONES;

export function Status({ status }: { status: DeliveryStatus }) {
  const t = useTranslations('common.status');
  return <State tone={STATUS_TONES[status]}>{t(status)}</State>;
}

export function CopyButton({ value, label }: { value: string; label?: string }) {
  const t = useTranslations('common');
  const clipboard = useClipboard({ timeout: 2_000 });
  const name = clipboard.copied ? t('copied') : (label ?? t('copy'));
  return (
    <Tooltip label={name}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={name}
        style={{ verticalAlign: 'middle' }}
        onClick={() => clipboard.copy(value)}
      >
        {clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        <VisuallyHidden aria-live="polite">{clipboard.copied ? t('copied') : ''}</VisuallyHidden>
      </ActionIcon>
    </Tooltip>
  );
}

/** Something that is shown once and copied, as a password or a token is. */
export function Secret({ value, label }: { value: string; label: string }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Code fz="md" p="xs" style={{ overflowWrap: 'anywhere' }} aria-label={label}>
        {value}
      </Code>
      <CopyButton value={value} />
    </Group>
  );
}

/** Names and values under each other, as the head of a page about one thing has them. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <Box component="dl" m={0} style={{ display: 'grid', gridTemplateColumns: 'minmax(110px, max-content) 1fr', gap: '8px 20px', alignItems: 'baseline' }}>
      {facts.map(([name, value]) => (
        <Box key={name} style={{ display: 'contents' }}>
          <Text component="dt" size="sm" c="dimmed">
            {name}
          </Text>
          <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere' }}>
            {value}
          </Text>
        </Box>
      ))}
    </Box>
  );
}
