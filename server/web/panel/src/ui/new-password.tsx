/** A password for somebody else: made, or given. It is shown once. */

import { Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { PasswordField } from './password-field';
import { Secret } from './values';

export interface PasswordChoice {
  kind: 'generated' | 'given';
  given: string;
}

export const NO_PASSWORD: PasswordChoice = { kind: 'generated', given: '' };

interface PasswordFieldsProps {
  value: PasswordChoice;
  onChange: (value: PasswordChoice) => void;
  texts: Record<'label' | 'rule' | 'show', string>;
  maxLength?: number;
  error?: string;
}

export function PasswordFields({ value, onChange, texts, maxLength, error }: PasswordFieldsProps) {
  const t = useTranslations('common');
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600} id="password-kind">
        {texts.label}
      </Text>
      <SegmentedControl
        aria-labelledby="password-kind"
        value={value.kind}
        onChange={(kind) => onChange({ ...value, kind: kind as PasswordChoice['kind'] })}
        data={(['generated', 'given'] as const).map((kind) => ({ value: kind, label: t(kind) }))}
      />
      {value.kind === 'given' ? (
        <PasswordField
          aria-label={texts.label}
          description={texts.rule}
          autoComplete="new-password"
          maxLength={maxLength}
          value={value.given}
          error={error}
          visibilityToggleButtonProps={{ 'aria-label': texts.show }}
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
  password: string;
  label: string;
  /** Whose it is. */
  whose: string;
  /** That it is shown only now, and where it belongs. */
  once: string;
  onClose: () => void;
  /** The ways on, the last of which closes. */
  children: ReactNode;
}

/** The only time that a password is shown. */
export function PasswordShown({ title, password, label, whose, once, onClose, children }: PasswordShownProps) {
  const t = useTranslations('common');
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeOnClickOutside={false} closeButtonProps={{ 'aria-label': t('close') }}>
      <Stack gap="md">
        <div>
          <Text size="sm" c="dimmed" mb={4}>
            {whose}
          </Text>
          <Secret value={password} label={label} />
        </div>
        <Text size="sm">{once}</Text>
        <Group justify="flex-end" gap="xs">
          {children}
        </Group>
      </Stack>
    </Modal>
  );
}
