/** Whether an account can be used; operators change it. */

import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { useViewer } from '~/session';
import { done, FormDialog } from '~/ui/dialog';
import { State } from '~/ui/values';
import { type Settings, UpdateAccount } from './documents';

export function Status({ settings: { name, status } }: { settings: Settings }) {
  const t = useTranslations('settings.status');
  const { holder } = useViewer();
  const [changing, setChanging] = useState(false);
  const enabled = status === 'ENABLED';
  return (
    <Group gap="sm">
      <State tone={enabled ? 'good' : 'bad'}>{t(status)}</State>
      {holder?.isOperator ? (
        <Button variant="default" size="compact-sm" onClick={() => setChanging(true)}>
          {t(enabled ? 'disable' : 'enable')}
        </Button>
      ) : (
        <Text size="xs" c="dimmed">
          {t('whoChanges')}
        </Text>
      )}
      {changing && <StatusDialog account={name} enabled={enabled} onClose={() => setChanging(false)} />}
    </Group>
  );
}

function StatusDialog({ account, enabled, onClose }: { account: string; enabled: boolean; onClose: () => void }) {
  const t = useTranslations('settings.status');
  const { run, busy, general } = useAction(UpdateAccount);
  const submit = async () => {
    if (!(await run({ input: { account, status: enabled ? 'DISABLED' : 'ENABLED' } }))) return;
    onClose();
    done(t(enabled ? 'disabled' : 'enabled', { account }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t(enabled ? 'disableTitle' : 'enableTitle', { account })}
      submit={t(enabled ? 'disable' : 'enable')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger={enabled}
    >
      <Text>{t(enabled ? 'disableWhy' : 'enableWhy')}</Text>
    </FormDialog>
  );
}
