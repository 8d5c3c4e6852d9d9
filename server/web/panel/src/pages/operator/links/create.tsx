/** A new link to an operator: over SMPP, or by one of the HTTP APIs that the server knows. */

import { Checkbox, Group, NumberInput, SegmentedControl, SimpleGrid, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { done, FormDialog } from '~/ui/dialog';
import { PasswordField } from '~/ui/password-field';
import { CreateLink } from './documents';
import { FIELDS_OF, type HttpField, inputOf, isComplete, type LinkForm, NOTHING_YET, WAYS, type Way } from './form';
import { RestByApi } from './rest-by-api';

const FIELDS = ['name', 'host', 'port', 'tls', 'systemId', 'password', 'window', 'perSecond', 'user', 'account', 'secondKey', 'url'];

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('operator.links');
  const [form, setForm] = useState(NOTHING_YET);
  const { run, busy, errors, general, clear } = useAction(CreateLink, FIELDS);
  const change = (changes: Partial<LinkForm>) => setForm((before) => ({ ...before, ...changes }));
  const submit = async () => {
    if (!(await run({ input: inputOf(form) }))) return;
    onClose();
    done(t('created', { name: form.name.trim() }));
  };
  const props = { form, change, errors };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('create')}
      submit={t('createNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      size="lg"
      disabled={!isComplete(form)}
    >
      <SegmentedControl
        aria-label={t('way')}
        value={form.way}
        onChange={(way) => {
          clear();
          change({ way: way as Way });
        }}
        data={WAYS.map((way) => ({ value: way, label: t(`ways.${way}`) }))}
      />
      <TextInput
        label={t('name')}
        description={t('nameWhy')}
        value={form.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        error={errors.name}
        maxLength={40}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
      />
      {form.way === 'SMPP' ? <SmppFields {...props} /> : <HttpFields {...props} fields={FIELDS_OF[form.way]} />}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <WholeNumber label={t('window')} hint={t('windowWhy')} name="window" {...props} />
        <WholeNumber label={t('perSecond')} hint={t('perSecondWhy')} name="perSecond" {...props} />
      </SimpleGrid>
      <Checkbox
        label={t('openNow')}
        checked={form.enabled}
        onChange={(event) => change({ enabled: event.currentTarget.checked })}
      />
      <RestByApi />
    </FormDialog>
  );
}

interface FieldsProps {
  form: LinkForm;
  change: (changes: Partial<LinkForm>) => void;
  errors: Record<string, string>;
}

function SmppFields({ form, change, errors }: FieldsProps) {
  const t = useTranslations('operator.links');
  return (
    <>
      <Group align="flex-start" gap="sm">
        <TextInput
          flex="3 1 200px"
          label={t('host')}
          value={form.host}
          onChange={(event) => change({ host: event.currentTarget.value })}
          error={errors.host}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <WholeNumber label={t('port')} placeholder={form.tls ? '3550' : '2775'} name="port" {...{ form, change, errors }} />
      </Group>
      <Checkbox
        label={t('tls')}
        description={t('tlsWhy')}
        checked={form.tls}
        error={errors.tls}
        onChange={(event) => change({ tls: event.currentTarget.checked })}
      />
      <TextInput
        label={t('systemId')}
        value={form.systemId}
        onChange={(event) => change({ systemId: event.currentTarget.value })}
        error={errors.systemId}
        maxLength={15}
        autoComplete="off"
        spellCheck={false}
      />
      <SecretInput label={t('password')} name="password" {...{ form, change, errors }} />
    </>
  );
}

/** What a preset's API calls its names and secrets. */
function HttpFields({ form, change, errors, fields }: FieldsProps & { fields: readonly HttpField[] }) {
  const t = useTranslations('operator.links');
  const { way } = form;
  if (way === 'SMPP') return null;
  return fields.map((name) => {
    const label = t(`http.${way}.${name}` as Parameters<typeof t>[0]);
    if (name === 'password' || name === 'secondKey') {
      return <SecretInput key={name} label={label} name={name} {...{ form, change, errors }} />;
    }
    return (
      <TextInput
        key={name}
        label={label}
        type={name === 'url' ? 'url' : undefined}
        value={form[name]}
        onChange={(event) => change({ [name]: event.currentTarget.value })}
        error={errors[name]}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
      />
    );
  });
}

function SecretInput({ label, name, form, change, errors }: FieldsProps & { label: string; name: 'password' | 'secondKey' }) {
  const t = useTranslations('operator.links');
  return (
    <PasswordField
      label={label}
      description={t('secretWhy')}
      value={form[name]}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
      error={errors[name]}
      autoComplete="new-password"
      visibilityToggleButtonProps={{ 'aria-label': t('showSecret') }}
    />
  );
}

interface WholeNumberProps extends FieldsProps {
  label: string;
  hint?: string;
  placeholder?: string;
  name: 'port' | 'window' | 'perSecond';
}

function WholeNumber({ label, hint, placeholder, name, form, change, errors }: WholeNumberProps) {
  return (
    <NumberInput
      flex="1 1 100px"
      label={label}
      description={hint}
      placeholder={placeholder}
      value={form[name]}
      onChange={(value) => change({ [name]: String(value) })}
      error={errors[name]}
      allowNegative={false}
      allowDecimal={false}
      hideControls
      inputMode="numeric"
    />
  );
}
