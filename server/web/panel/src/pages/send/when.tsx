import { Input, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useId, useMemo } from 'react';
import { useLocale, useTranslations } from 'use-intl';
import { instantIn, localIn } from './zoned';

interface Props {
  timeZone: string;
  /** On the clocks of that zone; empty for at once. */
  value: string;
  onChange: (value: string) => void;
  error?: string;
}

const HOUR_MS = 3_600_000;

/** When to send: at once, or at a time on the account's clocks, told also by the reader's. */
export function WhenInput({ timeZone, value, onChange, error }: Props) {
  const t = useTranslations('send');
  const label = useId();
  const soon = () => `${localIn(new Date(Date.now() + HOUR_MS), timeZone).slice(0, 13)}:00`;
  return (
    <Stack gap={6}>
      <Input.Label id={label} component="div">
        {t('when')}
      </Input.Label>
      <SegmentedControl
        aria-labelledby={label}
        maw={360}
        value={value === '' ? 'now' : 'later'}
        onChange={(chosen) => onChange(chosen === 'now' ? '' : soon())}
        data={[
          { value: 'now', label: t('now') },
          { value: 'later', label: t('later') },
        ]}
      />
      {value !== '' && (
        <>
          <TextInput
            type="datetime-local"
            label={t('timeIn', { zone: timeZone })}
            value={value}
            error={error}
            // An empty time is one that is still typed.
            onChange={(event) => onChange(event.currentTarget.value || ' ')}
          />
          <InBothZones at={instantIn(value, timeZone)} timeZone={timeZone} />
        </>
      )}
    </Stack>
  );
}

/** An instant on the account's clocks, and on the reader's where those differ. */
export function InBothZones({ at, timeZone }: { at: Date | null; timeZone: string }) {
  const t = useTranslations('send');
  const inZone = useZonedTime();
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!at) return null;
  const [theirs, mine] = [inZone(at, timeZone), inZone(at, own)];
  return (
    <Text size="sm" c="dimmed" role="status">
      {theirs}
      {localIn(at, timeZone) !== localIn(at, own) && (
        <>
          <br />
          {t('forYou', { time: mine })}
        </>
      )}
    </Text>
  );
}

function useZonedTime() {
  const tag = useLocale();
  return useMemo(() => {
    return (at: Date, timeZone: string) =>
      new Intl.DateTimeFormat(tag, {
        timeZone,
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: 'numeric',
        minute: '2-digit',
        timeZoneName: 'short',
      }).format(at);
  }, [tag]);
}
