/** The person's own name, and changing it. */

import { ActionIcon, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { done, FormDialog } from '~/ui/dialog';
import { UpdateProfile } from './documents';

export function OwnName({ name }: { name: string }) {
  const t = useTranslations('profile');
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      {name}{' '}
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('changeName')} onClick={open}>
        <IconPencil size={14} />
      </ActionIcon>
      {opened && <NameDialog name={name} onClose={close} />}
    </>
  );
}

function NameDialog({ name: current, onClose }: { name: string; onClose: () => void }) {
  const t = useTranslations('profile');
  const common = useTranslations('common');
  const [name, setName] = useState(current);
  const { run, busy, errors, general } = useAction(UpdateProfile, ['name']);
  const submit = async () => {
    if (!(await run({ input: { name } }))) return;
    onClose();
    done(t('nameSaved'));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('changeName')}
      submit={common('save')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={name.trim() === ''}
    >
      <TextInput
        label={t('name')}
        autoComplete="name"
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={errors.name}
      />
    </FormDialog>
  );
}
