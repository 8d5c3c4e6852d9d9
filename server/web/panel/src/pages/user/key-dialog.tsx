/** A new key that signs a user's or an account's callbacks, shown once. */

import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { useSession } from '~/session';
import { FormDialog } from '~/ui/dialog';
import { Secret } from '~/ui/values';
import { RotateKey } from './documents';

interface KeyDialogProps {
  account: string;
  /** The user whose key it is; undefined for the account's own. */
  login?: string;
  onClose: () => void;
}

export function KeyDialog({ account, login, onClose }: KeyDialogProps) {
  const t = useTranslations('userPage.key');
  const common = useTranslations('common');
  const { refresh } = useSession().connection;
  const [secret, setSecret] = useState<string | null>(null);
  const { run, busy, general } = useAction(RotateKey);
  const submit = async () => {
    const payload = await run({ input: { account, login } });
    if (!payload?.signingSecret) return;
    setSecret(payload.signingSecret);
    refresh();
  };
  if (secret !== null) {
    return (
      <Modal opened onClose={onClose} title={t('made')} size="lg" closeOnClickOutside={false} closeButtonProps={{ 'aria-label': common('close') }}>
        <Stack gap="md">
          <Secret value={secret} label={t('label')} />
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
  return (
    <FormDialog opened onClose={onClose} title={t('title', { login: login ?? account })} submit={t('submit')} onSubmit={submit} busy={busy} general={general}>
      <Text size="sm">{t(login ? 'what' : 'whatOfAccount')}</Text>
    </FormDialog>
  );
}
