/** One part of the settings with a button of its own: what is not saved yet is kept apart from what the server has. */

import { Button, Group, Stack } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { done, Refused } from '~/ui/dialog';
import { Section } from '~/ui/page';
import { type AccountChanges, UpdateAccount } from './documents';

interface SettingsFormProps<Name extends keyof AccountChanges> {
  account: string;
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** What the server has of these settings. */
  saved: { [Key in Name]: AccountChanges[Key] };
  /** Whether saving does something even where nothing was changed. */
  again?: boolean;
  /** Dialogs: what is submitted in them is not this form's. */
  beside?: ReactNode;
  children: (form: SettingsFields<Name>) => ReactNode;
}

export interface SettingsFields<Name extends keyof AccountChanges> {
  values: { [Key in Name]: AccountChanges[Key] };
  set: (changes: Partial<{ [Key in Name]: AccountChanges[Key] }>) => void;
  errors: Record<string, string>;
  /** Keep what was typed; true where it is kept. */
  save: () => Promise<boolean>;
  changed: boolean;
}

export function SettingsForm<Name extends keyof AccountChanges>({
  account,
  title,
  description,
  actions,
  saved,
  again = false,
  beside,
  children,
}: SettingsFormProps<Name>) {
  const t = useTranslations('settings');
  const common = useTranslations('common');
  const names = Object.keys(saved) as Name[];
  const [draft, setDraft] = useState<Partial<typeof saved>>({});
  const { run, busy, errors, general, clear } = useAction(UpdateAccount, names);
  const values = { ...saved, ...draft };
  const changes = Object.fromEntries(
    names.filter((name) => again || !same(values[name], saved[name])).map((name) => [name, values[name]]),
  ) as AccountChanges;
  const changed = names.some((name) => !same(values[name], saved[name]));

  const save = async () => {
    if (!(await run({ input: { account, ...changes } }))) return false;
    setDraft({});
    return true;
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if ((changed || again) && (await save())) done(t('saved', { what: title }));
  };
  const discard = () => {
    setDraft({});
    clear();
  };
  const set = (typed: Partial<typeof saved>) => setDraft((before) => ({ ...before, ...typed }));
  return (
    <Section title={title} description={description} actions={actions}>
      <form onSubmit={(event) => void submit(event)} noValidate>
        <Stack gap="md">
          {children({ values, set, errors, save, changed })}
          <Refused text={general} />
          <Group gap="xs">
            <Button type="submit" loading={busy} disabled={!changed && !again}>
              {common('save')}
            </Button>
            {changed && (
              <Button variant="default" onClick={discard}>
                {t('discard')}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
      {beside}
    </Section>
  );
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? '') === JSON.stringify(other ?? '');
