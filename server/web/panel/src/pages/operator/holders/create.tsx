/** Somebody new who signs in with an e-mail address. */

import { Checkbox, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { FormDialog } from '~/ui/dialog';
import { NO_PASSWORD } from '~/ui/new-password';
import { CreateHolder } from './documents';
import { PasswordFields, PasswordShown } from './password';

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('operator.holders');
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [isOperator, setIsOperator] = useState(false);
  const [choice, setChoice] = useState(NO_PASSWORD);
  const [made, setMade] = useState<{ email: string; password: string }>();
  const { run, busy, errors, general } = useAction(CreateHolder, ['email', 'name', 'password']);
  const submit = async () => {
    const given = choice.kind === 'given' ? choice.given : null;
    const payload = await run({ input: { email: email.trim(), name: name.trim(), password: given, isOperator } });
    const password = payload?.generatedPassword ?? given;
    if (payload?.holder && password) setMade({ email: payload.holder.email, password });
  };
  if (made) return <PasswordShown {...made} title={t('created', { email: made.email })} onClose={onClose} />;
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('create')}
      submit={t('createNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={!email.trim() || !name.trim() || (choice.kind === 'given' && !choice.given)}
    >
      <TextInput
        label={t('email')}
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={errors.email}
        autoComplete="off"
        data-autofocus
      />
      <TextInput
        label={t('name')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={errors.name}
        maxLength={100}
        autoComplete="off"
      />
      <PasswordFields value={choice} onChange={setChoice} error={errors.password} />
      <Checkbox
        label={t('makeOperator')}
        description={t('makeOperatorWhy')}
        checked={isOperator}
        onChange={(event) => setIsOperator(event.currentTarget.checked)}
      />
    </FormDialog>
  );
}
