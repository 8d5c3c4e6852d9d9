/** The fields of a limit, for one user and for several. */

import { SegmentedControl, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useTranslations } from 'use-intl';
import type { VariablesOf } from '~/graphql';
import { AmountInput } from '~/ui/amount';
import type { SetUserLimit } from '../documents';

type Input = Omit<VariablesOf<typeof SetUserLimit>['input'], 'account' | 'login'>;
type Channel = NonNullable<Input['channel']>;

export interface LimitValues {
  enabled: boolean;
  threshold: string;
  channel: Channel;
  email: string;
  phoneNumber: string;
}

/** What the API is told: only what the choices need. */
export function limitInput({ enabled, threshold, channel, email, phoneNumber }: LimitValues): Input {
  if (!enabled) return { enabled };
  return {
    enabled,
    threshold: threshold || null,
    channel,
    email: channel === 'SMS' ? null : email.trim() || null,
    phoneNumber: channel === 'MAIL' ? null : phoneNumber.trim() || null,
  };
}

interface LimitFieldsProps {
  values: LimitValues;
  onChange: (values: LimitValues) => void;
  errors: Record<string, string>;
}

export function LimitFields({ values, onChange, errors }: LimitFieldsProps) {
  const t = useTranslations('users.limit');
  const users = useTranslations('users');
  const { enabled, threshold, channel, email, phoneNumber } = values;
  const set = (changes: Partial<LimitValues>) => onChange({ ...values, ...changes });
  return (
    <>
      <Switch label={t('enabled')} checked={enabled} onChange={(event) => set({ enabled: event.currentTarget.checked })} />
      {enabled && (
        <>
          <AmountInput
            label={t('threshold')}
            description={t('thresholdHint')}
            value={threshold}
            onChange={(typed) => set({ threshold: typed })}
            error={errors.threshold}
            autoFocus
          />
          <Stack gap={4}>
            <Text size="sm" fw={600} id="limit-channel">
              {t('channel')}
            </Text>
            <SegmentedControl
              aria-labelledby="limit-channel"
              value={channel}
              onChange={(value) => set({ channel: value as Channel })}
              data={(['MAIL', 'SMS', 'BOTH'] as const).map((value) => ({ value, label: users(`channel.${value}`) }))}
            />
          </Stack>
          {channel !== 'SMS' && (
            <TextInput
              label={t('email')}
              type="email"
              autoComplete="email"
              value={email}
              error={errors.email}
              onChange={(event) => set({ email: event.currentTarget.value })}
            />
          )}
          {channel !== 'MAIL' && (
            <TextInput
              label={t('phoneNumber')}
              description={t('phoneNumberHint')}
              type="tel"
              autoComplete="tel"
              value={phoneNumber}
              error={errors.phoneNumber}
              onChange={(event) => set({ phoneNumber: event.currentTarget.value })}
            />
          )}
          <Text size="sm" c="dimmed">
            {t('asks')}
          </Text>
        </>
      )}
    </>
  );
}
