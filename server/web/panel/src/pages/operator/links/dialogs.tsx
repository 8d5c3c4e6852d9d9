/** A link is opened, closed, or deleted. */

import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { done, FormDialog } from '~/ui/dialog';
import { DeleteLink, type Link, SetLinkEnabled } from './documents';

export interface LinkDialogProps {
  link: Link;
  onClose: () => void;
}

export function EnabledDialog({ link: { name, settings }, onClose }: LinkDialogProps) {
  const t = useTranslations('operator.links');
  const { run, busy, general } = useAction(SetLinkEnabled);
  const [disables] = useState(settings?.enabled === true);
  const what = disables ? 'disable' : 'enable';
  const submit = async () => {
    if (!(await run({ input: { name, enabled: !disables } }))) return;
    onClose();
    done(t(`${what}d`, { name }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t(`${what}Title`, { name })}
      submit={t(`${what}Now`)}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger={disables}
    >
      <Text size="sm">{t(`${what}Why`)}</Text>
    </FormDialog>
  );
}

export function DeleteDialog({ link: { name }, onClose }: LinkDialogProps) {
  const t = useTranslations('operator.links');
  const { run, busy, general } = useAction(DeleteLink);
  const submit = async () => {
    if (!(await run({ input: { name } }))) return;
    onClose();
    done(t('deleted', { name }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('deleteTitle', { name })}
      submit={t('deleteNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger
    >
      <Text size="sm">{t('deleteWhy')}</Text>
    </FormDialog>
  );
}
