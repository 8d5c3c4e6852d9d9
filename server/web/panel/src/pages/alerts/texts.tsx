/** What alerts say: three texts with variables, and beside them what they come to. */

import { Button, Group, SimpleGrid, Stack, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { done, FormDialog, Refused } from '~/ui/dialog';
import { Section } from '~/ui/page';
import { Loaded } from '~/ui/states';
import { type AccountWithTexts, SetTexts, TextsQuery } from './documents';
import { PreviewPane } from './preview-pane';
import { TEXTS, type Texts as TextsTyped, usePreview } from './use-preview';
import { useInsertion, Variables } from './variables';

export function Texts({ account }: { account: string }) {
  const [query, again] = useQuery({ query: TextsQuery, variables: { account } });
  return (
    <Loaded query={query} retry={again} pick={(data) => data.account}>
      {(found) => <Editor account={found} />}
    </Loaded>
  );
}

function Editor({ account }: { account: AccountWithTexts }) {
  const t = useTranslations('alerts.texts');
  const common = useTranslations('common');
  const { name, alertSender, alertTemplates } = account;
  const [draft, setDraft] = useState<Partial<TextsTyped>>({});
  const [resetting, setResetting] = useState(false);
  const [login, setLogin] = useState<string | null>('script');
  const saved = { mailSubject: alertTemplates.mailSubject, mailBody: alertTemplates.mailBody, smsBody: alertTemplates.smsBody };
  const texts = { ...saved, ...draft };
  const changes = Object.fromEntries(TEXTS.filter((text) => texts[text] !== saved[text]).map((text) => [text, texts[text]]));
  const changed = Object.keys(changes).length > 0;
  const { run, busy, errors, general, clear } = useAction(SetTexts, TEXTS);
  const { preview, errors: wrong, failure } = usePreview(name, texts, { login });
  const set = (text: keyof TextsTyped, value: string) => setDraft((before) => ({ ...before, [text]: value }));
  const { fieldProps, insert } = useInsertion<keyof TextsTyped>('mailBody', texts, set);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!changed || !(await run({ input: { account: name, ...changes } }))) return;
    setDraft({});
    done(t('saved'));
  };
  const discard = () => {
    setDraft({});
    clear();
  };
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
      <Section
        title={t('title')}
        description={t('description')}
        actions={
          <Button variant="default" size="xs" onClick={() => setResetting(true)}>
            {t('reset')}
          </Button>
        }
      >
        <form onSubmit={(event) => void submit(event)} noValidate>
          <Stack gap="md">
            <TextInput {...fieldProps('mailSubject')} label={t('mailSubject')} error={errors.mailSubject ?? wrong.mailSubject} />
            <Textarea {...fieldProps('mailBody')} label={t('mailBody')} autosize minRows={6} error={errors.mailBody ?? wrong.mailBody} />
            <Textarea {...fieldProps('smsBody')} label={t('smsBody')} autosize minRows={3} error={errors.smsBody ?? wrong.smsBody} />
            <Variables variables={alertTemplates.variables} onInsert={insert} />
            <Refused text={general} />
            <Group gap="xs">
              <Button type="submit" loading={busy} disabled={!changed}>
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
      </Section>
      <PreviewPane sender={alertSender} preview={preview} failure={failure} login={login} onLogin={setLogin} />
      {resetting && <ResetDialog account={name} onClose={() => setResetting(false)} onReset={discard} />}
    </SimpleGrid>
  );
}

function ResetDialog({ account, onClose, onReset }: { account: string; onClose: () => void; onReset: () => void }) {
  const t = useTranslations('alerts.texts');
  const { run, busy, general } = useAction(SetTexts);
  const submit = async () => {
    if (!(await run({ input: { account, mailSubject: null, mailBody: null, smsBody: null } }))) return;
    onReset();
    onClose();
    done(t('resetDone'));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('resetTitle')}
      submit={t('resetNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger
    >
      {t('resetWhy')}
    </FormDialog>
  );
}
