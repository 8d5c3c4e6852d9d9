/** Where the account's own callbacks go, how the calls fare, a test of each, and the key that signs them. */

import { Alert, Anchor, Button, Code, Text, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { useFormats } from '~/i18n/formats';
import { KeyDialog } from '~/pages/user/key-dialog';
import { TestCall } from '~/pages/users/dialogs/test-call';
import { accountPath } from '~/paths';
import { Facts, State } from '~/ui/values';
import type { Settings } from './documents';
import { SettingsForm } from './form';

export function Callbacks({ settings }: { settings: Settings }) {
  const t = useTranslations('settings.callbacks');
  const [rotating, setRotating] = useState(false);
  const { name, callbackUrl, stopCallbackUrl, callback } = settings;
  const field = { type: 'url', autoComplete: 'off', spellCheck: false, placeholder: 'https://' } as const;
  return (
    <SettingsForm
      account={name}
      title={t('title')}
      description={t('description')}
      saved={{ callbackUrl, stopCallbackUrl }}
      again={callback.disabledAt !== null}
      beside={rotating && <KeyDialog account={name} onClose={() => setRotating(false)} />}
      actions={
        <Button variant="default" size="xs" leftSection={<IconKey size={14} />} onClick={() => setRotating(true)}>
          {t('newKey')}
        </Button>
      }
    >
      {({ values, set, errors, save, changed }) => (
        <>
          <Faults callback={callback} />
          <TextInput
            {...field}
            label={t('url')}
            description={t('urlWhy')}
            value={values.callbackUrl ?? ''}
            onChange={(event) => set({ callbackUrl: event.currentTarget.value.trim() || null })}
            error={errors.callbackUrl}
          />
          {values.callbackUrl && <TestCall account={name} stop={false} save={changed ? save : undefined} />}
          <TextInput
            {...field}
            label={t('stopUrl')}
            description={t('stopUrlWhy')}
            value={values.stopCallbackUrl ?? ''}
            onChange={(event) => set({ stopCallbackUrl: event.currentTarget.value.trim() || null })}
            error={errors.stopCallbackUrl}
          />
          {values.stopCallbackUrl && <TestCall account={name} stop save={changed ? save : undefined} />}
          <Facts
            facts={[
              [t('health'), <Health key="health" callback={callback} />],
              [t('key'), <Code key="key">{callback.signingKeyId}</Code>],
            ]}
          />
          <Text size="sm">
            <Anchor component={Link} href={accountPath(name, 'callbacks')} underline="always" inherit>
              {t('all')}
            </Anchor>
          </Text>
        </>
      )}
    </SettingsForm>
  );
}

function Faults({ callback: { disabledAt, disabledReason, failingSince } }: Pick<Settings, 'callback'>) {
  const users = useTranslations('users.callback');
  const formats = useFormats();
  if (disabledAt) {
    return (
      <Alert color="red" variant="outline" icon={<IconAlertTriangle />}>
        {users(`disabled.${disabledReason ?? 'FAILING'}`, { time: formats.time(disabledAt) })}
      </Alert>
    );
  }
  if (!failingSince) return null;
  return (
    <Alert color="orange" variant="outline" icon={<IconAlertTriangle />}>
      {users('failing', { time: formats.time(failingSince) })}
    </Alert>
  );
}

function Health({ callback: { url, stopUrl, disabledAt, failingSince, lastDelivery } }: Pick<Settings, 'callback'>) {
  const t = useTranslations('settings.callbacks');
  const users = useTranslations('users.health');
  if (!url && !stopUrl) return <Text span inherit c="dimmed">{t('none')}</Text>;
  if (disabledAt) return <State tone="bad">{users('disabled')}</State>;
  if (failingSince) return <State tone="warn">{users('failing')}</State>;
  return <State tone={lastDelivery ? 'good' : 'idle'}>{users(lastDelivery ? 'fine' : 'unused')}</State>;
}
