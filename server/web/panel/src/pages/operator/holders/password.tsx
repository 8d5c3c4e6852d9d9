/** A password for a holder: made, or given. It is shown once. */

import { Button, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { PasswordField } from '~/ui/password-field';
import { Secret } from '~/ui/values';

export interface PasswordChoice {
  kind: 'generated' | 'given';
  given: string;
}

export const NO_PASSWORD: PasswordChoice = { kind: 'generated', given: '' };

const SIGNS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const LENGTH = 20;

/** Return a password that nobody guesses, without signs that are taken for others. */
export function newPassword(): string {
  const signs: string[] = [];
  while (signs.length < LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) {
      // Of a byte's values, those that reach past the signs are left out: each sign is as likely as any other.
      const sign = SIGNS[byte & 63];
      if (sign && signs.length < LENGTH) signs.push(sign);
    }
  }
  return signs.join('');
}

interface PasswordFieldsProps {
  value: PasswordChoice;
  onChange: (value: PasswordChoice) => void;
  error?: string;
}

export function PasswordFields({ value, onChange, error }: PasswordFieldsProps) {
  const t = useTranslations('operator.holders');
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600} id="password-kind">
        {t('password')}
      </Text>
      <SegmentedControl
        aria-labelledby="password-kind"
        value={value.kind}
        onChange={(kind) => onChange({ ...value, kind: kind as PasswordChoice['kind'] })}
        data={(['generated', 'given'] as const).map((kind) => ({ value: kind, label: t(kind) }))}
      />
      {value.kind === 'given' ? (
        <PasswordField
          aria-label={t('password')}
          description={t('passwordRule')}
          autoComplete="new-password"
          value={value.given}
          error={error}
          visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
          onChange={(event) => onChange({ ...value, given: event.currentTarget.value })}
        />
      ) : (
        error && (
          <Text size="xs" c="var(--panel-bad)" role="alert">
            {error}
          </Text>
        )
      )}
    </Stack>
  );
}

interface PasswordShownProps {
  title: string;
  email: string;
  password: string;
  onClose: () => void;
}

/** The only time that a password is shown. */
export function PasswordShown({ title, email, password, onClose }: PasswordShownProps) {
  const t = useTranslations('operator.holders');
  const common = useTranslations('common');
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={500}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack gap="md">
        <div>
          <Text size="sm" c="dimmed" mb={4}>
            {t('passwordOf', { email })}
          </Text>
          <Secret value={password} label={t('password')} />
        </div>
        <Text size="sm">{t('once')}</Text>
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            {t('kept')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
