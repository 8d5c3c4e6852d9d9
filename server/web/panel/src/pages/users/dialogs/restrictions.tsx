/** The addresses from which a user may act: the guide's five fields. */

import { ActionIcon, Button, Group, Text, TextInput, Tooltip } from '@mantine/core';
import { IconMapPin, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { done, FormDialog } from '~/ui/dialog';
import { MyAddressQuery, SetUserIpRestrictions } from '../documents';
import type { UserDialogProps } from './dialogs';

const MOST = 5;

export function RestrictionsDialog({ account, user: { login, ipRestrictions }, onClose }: UserDialogProps) {
  const t = useTranslations('users.restrictions');
  const common = useTranslations('common');
  const [fields, setFields] = useState(() => Array.from({ length: MOST }, (_, index) => ipRestrictions[index] ?? ''));
  // The fields that were sent, whose places the server's refusals name.
  const [sent, setSent] = useState<number[]>([]);
  const [{ data }] = useQuery({ query: MyAddressQuery });
  const mine = data?.viewer?.address;
  const { run, busy, errors, general, clear } = useAction(SetUserIpRestrictions, ['addresses']);

  const set = (index: number, text: string) => setFields(fields.map((old, at) => (at === index ? text : old)));
  const empty = fields.findIndex((text) => text.trim() === '');
  const listed = fields.some((text) => text.trim() === mine);
  const submit = async () => {
    const filled = fields.flatMap((text, index) => (text.trim() === '' ? [] : [index]));
    setSent(filled);
    const payload = await run({ input: { account, login, addresses: filled.map((index) => fields[index]?.trim() ?? '') } });
    if (!payload?.user) return;
    onClose();
    done(t('done', { login, count: payload.user.ipRestrictions.length }));
  };
  const errorOf = (index: number) => {
    const at = sent.indexOf(index);
    return at < 0 ? undefined : errors[`addresses.${at}`];
  };
  const ofAll = Object.keys(errors).some((key) => key.includes('.')) ? null : errors.addresses;
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('title', { login })}
      submit={t('submit')}
      onSubmit={submit}
      busy={busy}
      general={general ?? ofAll}
    >
      <Text size="sm">{t('what')}</Text>
      <div>
        {fields.map((text, index) => (
          <TextInput
            key={index}
            mt={index === 0 ? 0 : 8}
            aria-label={t('field', { number: index + 1 })}
            placeholder={index === 0 ? '192.0.2.1' : index === 1 ? '2001:db8::1' : undefined}
            value={text}
            error={errorOf(index)}
            data-autofocus={index === 0 || undefined}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => {
              clear();
              set(index, event.currentTarget.value);
            }}
            rightSection={
              text !== '' && (
                <Tooltip label={common('clear')}>
                  <ActionIcon variant="subtle" color="gray" aria-label={t('clear', { number: index + 1 })} onClick={() => set(index, '')}>
                    <IconX size={14} />
                  </ActionIcon>
                </Tooltip>
              )
            }
          />
        ))}
      </div>
      {mine && (
        <Group gap="xs">
          <Button
            variant="default"
            size="xs"
            leftSection={<IconMapPin size={14} />}
            disabled={listed || empty < 0}
            onClick={() => set(empty, mine)}
          >
            {t('mine', { address: mine })}
          </Button>
          {fields.some((text) => text.trim() !== '') && !listed && (
            <Text size="xs" c="dimmed">
              {t('notMine')}
            </Text>
          )}
        </Group>
      )}
    </FormDialog>
  );
}
