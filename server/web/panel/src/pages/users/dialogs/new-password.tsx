/** A password for a user: made by the server, or given. It is shown once. */

import { Button, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { userPath } from '~/paths';
import { PasswordField } from '~/ui/password-field';
import { Secret } from '~/ui/values';

export interface PasswordChoice {
  kind: 'generated' | 'given';
  given: string;
}

interface PasswordFieldsProps {
  value: PasswordChoice;
  onChange: (value: PasswordChoice) => void;
  error?: string;
}

export function PasswordFields({ value, onChange, error }: PasswordFieldsProps) {
  const t = useTranslations('users.password');
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600} id="password-kind">
        {t('label')}
      </Text>
      <SegmentedControl
        aria-labelledby="password-kind"
        value={value.kind}
        onChange={(kind) => onChange({ ...value, kind: kind as PasswordChoice['kind'] })}
        data={(['generated', 'given'] as const).map((kind) => ({ value: kind, label: t(kind) }))}
      />
      {value.kind === 'given' && (
        <PasswordField
          aria-label={t('label')}
          description={t('rule')}
          autoComplete="new-password"
          maxLength={8}
          value={value.given}
          error={error}
          visibilityToggleButtonProps={{ 'aria-label': t('show') }}
          onChange={(event) => onChange({ ...value, given: event.currentTarget.value })}
        />
      )}
    </Stack>
  );
}

interface PasswordShownProps {
  account: string;
  login: string;
  title: string;
  password: string;
  onClose: () => void;
  /** Another way on, beside that to the samples. */
  other?: ReactNode;
}

/** The only time that a password is shown. */
export function PasswordShown({ account, login, title, password, onClose, other }: PasswordShownProps) {
  const t = useTranslations('users.password');
  const common = useTranslations('common');
  return (
    <Modal opened onClose={onClose} title={title} size={500} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': common('close') }}>
      <Stack gap="md">
        <div>
          <Text size="sm" c="dimmed" mb={4}>
            {t('of', { login })}
          </Text>
          <Secret value={password} label={t('label')} />
        </div>
        <Text size="sm">{t('once')}</Text>
        <Group justify="flex-end" gap="xs">
          {other}
          <Button variant="default" component={Link} href={userPath(account, login, 'send')}>
            {t('samples')}
          </Button>
          <Button onClick={onClose} data-autofocus>
            {t('kept')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
