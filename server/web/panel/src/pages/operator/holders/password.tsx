/** A password for a holder: made, or given. It is shown once. */

import { Button } from '@mantine/core';
import { useTranslations } from 'use-intl';
import * as shared from '~/ui/new-password';

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
  value: shared.PasswordChoice;
  onChange: (value: shared.PasswordChoice) => void;
  error?: string;
}

export function PasswordFields(props: PasswordFieldsProps) {
  const t = useTranslations('operator.holders');
  const names = { label: t('password'), rule: t('passwordRule'), show: t('showPassword') };
  return <shared.PasswordFields {...props} texts={{ ...names, generated: t('generated'), given: t('given') }} />;
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
  const texts = { label: t('password'), whose: t('passwordOf', { email }), once: t('once') };
  return (
    <shared.PasswordShown {...texts} title={title} password={password} onClose={onClose}>
      <Button onClick={onClose} data-autofocus>
        {t('kept')}
      </Button>
    </shared.PasswordShown>
  );
}
