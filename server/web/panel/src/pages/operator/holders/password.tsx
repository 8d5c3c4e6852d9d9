/** A password for a holder: made, or given. It is shown once. */

import { Button } from '@mantine/core';
import { useTranslations } from 'use-intl';
import * as shared from '~/ui/new-password';

interface PasswordFieldsProps {
  value: shared.PasswordChoice;
  onChange: (value: shared.PasswordChoice) => void;
  error?: string;
}

export function PasswordFields(props: PasswordFieldsProps) {
  const t = useTranslations('operator.holders');
  const texts = { label: t('password'), rule: t('passwordRule'), show: t('showPassword') };
  return <shared.PasswordFields {...props} texts={texts} />;
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
