/** A sender is declared, or taken off the account. */

import { Select, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { done, FormDialog } from '~/ui/dialog';
import { DeclareSender, DeleteSender, type Sender } from './documents';

const KINDS = ['ALPHANUMERIC', 'NUMERIC', 'SHORT_CODE', 'VIRTUAL'] as const satisfies readonly Sender['kind'][];
const BY_FORM = 'BY_FORM';

interface DialogProps {
  account: string;
  onClose: () => void;
}

export function DeclareDialog({ account, onClose }: DialogProps) {
  const t = useTranslations('senders');
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Sender['kind'] | typeof BY_FORM>(BY_FORM);
  const [comment, setComment] = useState('');
  const { run, busy, errors, general } = useAction(DeclareSender, ['name', 'kind', 'comment']);
  const submit = async () => {
    const input = { account, name: name.trim(), kind: kind === BY_FORM ? null : kind, comment: comment.trim() || null };
    const payload = await run({ input });
    if (!payload) return;
    onClose();
    done(t(payload.sender?.status === 'ENABLED' ? 'enabledAtOnce' : 'declaredNow', { name: input.name }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('declare')}
      submit={t('declareNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      disabled={name.trim() === ''}
    >
      <TextInput
        label={t('name')}
        description={t('nameWhy')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={errors.name}
        autoComplete="off"
        data-autofocus
      />
      <Select
        label={t('kind')}
        description={t(`kindWhy.${kind}`)}
        allowDeselect={false}
        data={[BY_FORM, ...KINDS].map((value) => ({
          value,
          label: t(`kinds.${value as Sender['kind'] | typeof BY_FORM}`),
        }))}
        value={kind}
        onChange={(value) => setKind((value ?? BY_FORM) as Sender['kind'])}
        error={errors.kind}
      />
      <Textarea
        label={t('comment')}
        description={t('commentWhy')}
        autosize
        minRows={2}
        maxLength={200}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
        error={errors.comment}
      />
      <Text size="sm" c="dimmed">
        {t('approval')}
      </Text>
    </FormDialog>
  );
}

export function DeleteDialog({ account, sender, onClose }: DialogProps & { sender: Sender }) {
  const t = useTranslations('senders');
  const { run, busy, general } = useAction(DeleteSender);
  const submit = async () => {
    if (!(await run({ input: { account, name: sender.name } }))) return;
    onClose();
    done(t('deleted', { name: sender.name }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('deleteTitle', { name: sender.name })}
      submit={t('deleteNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger
    >
      <Text>{t('deleteWhy')}</Text>
    </FormDialog>
  );
}
