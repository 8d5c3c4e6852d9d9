/** A password for a user: made by the server, or given. It is shown once. */

import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { userPath } from '~/paths';
import * as shared from '~/ui/new-password';

const LENGTH = 8;

interface PasswordFieldsProps {
  value: shared.PasswordChoice;
  onChange: (value: shared.PasswordChoice) => void;
  error?: string;
}

export function PasswordFields(props: PasswordFieldsProps) {
  const t = useTranslations('users.password');
  const texts = { label: t('label'), rule: t('rule'), show: t('show') };
  return <shared.PasswordFields {...props} texts={texts} maxLength={LENGTH} />;
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
  const texts = { label: t('label'), whose: t('of', { login }), once: t('once') };
  return (
    <shared.PasswordShown {...texts} title={title} password={password} onClose={onClose}>
      {other}
      <Button variant="default" component={Link} href={userPath(account, login, 'send')}>
        {t('samples')}
      </Button>
      <Button onClick={onClose} data-autofocus>
        {t('kept')}
      </Button>
    </shared.PasswordShown>
  );
}
