import { Button, Grid, Select, Stack } from '@mantine/core';
import { useMemo, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';
import { Section } from '~/ui/page';
import type { MessageInput, SendingAccountData } from './documents';
import { asInput, type Draft } from './draft';
import { Options } from './options';
import classes from './page.module.css';
import { Preview } from './preview';
import { NO_RECEIVERS, type Receivers } from './receivers';
import { ReceiversInput } from './receivers-input';
import { ReviewDialog } from './review-dialog';
import { TextInput } from './text';
import { useDraft } from './use-draft';
import { useEstimate } from './use-estimate';

interface Props {
  account: SendingAccountData;
  onSend: (input: MessageInput, receivers: Receivers) => Promise<void>;
}

export function SendForm({ account, onSend }: Props) {
  const t = useTranslations('send');
  const common = useTranslations('common');
  const { draft, change, forget, isEmpty } = useDraft(account);
  const [receivers, setReceivers] = useState<Receivers>(NO_RECEIVERS);
  const [wanted, setWanted] = useState(false);
  const [reviewed, setReviewed] = useState<MessageInput>();
  const fields = useRef<HTMLDivElement>(null);
  const [clearings, setClearings] = useState(0);
  const input = useMemo(() => asInput(draft, account), [draft, account]);
  const estimated = useEstimate(input, receivers.numbers);
  const missing = useMissing(draft, input, receivers);
  // Nobody is told what is missing before they have tried to go on.
  const errors = wanted ? missing : {};
  const review = () => {
    setWanted(true);
    if (Object.keys(missing).length === 0) setReviewed(input);
    // What is missing is shown by then; whoever can't see it is led there.
    else requestAnimationFrame(() => fields.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const hasReceivers = receivers.numbers.length + receivers.refused.length > 0;
  const clear = () => {
    forget();
    setReceivers(NO_RECEIVERS);
    setWanted(false);
    setClearings((before) => before + 1);
  };
  const send = async (checked: MessageInput) => {
    await onSend(checked, receivers);
    forget();
  };
  return (
    <Grid gap="lg" align="flex-start">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        <Stack gap="lg" ref={fields}>
          <Section
            title={t('message')}
            actions={
              (!isEmpty || hasReceivers) && (
                <Button variant="subtle" color="gray" size="compact-sm" aria-label={t('clear')} onClick={clear}>
                  {common('clear')}
                </Button>
              )
            }
          >
            <Stack gap="md">
              <Select
                label={t('sender')}
                allowDeselect={false}
                data={account.senders.nodes.map(({ name }) => name)}
                value={draft.sender}
                maw={320}
                onChange={(sender) => change({ sender: sender ?? '' })}
              />
              <TextInput value={draft.text} onChange={(text) => change({ text })} estimated={estimated} error={errors.text} />
            </Stack>
          </Section>
          <Section title={t('receivers')}>
            <ReceiversInput
              key={clearings}
              draft={draft}
              onDraft={change}
              receivers={receivers}
              onChange={setReceivers}
              error={errors.receivers}
            />
          </Section>
          <Section title={t('options')}>
            <Options account={account} draft={draft} onChange={change} errors={errors} />
          </Section>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }} className={classes.aside}>
        <Preview
          sender={draft.sender}
          receivers={receivers.numbers.length}
          creditsLeft={account.creditsLeft}
          estimated={estimated}
          onReview={review}
        />
      </Grid.Col>
      {reviewed && (
        <ReviewDialog
          input={reviewed}
          account={account}
          receivers={receivers}
          onClose={() => setReviewed(undefined)}
          onSend={() => send(reviewed)}
        />
      )}
    </Grid>
  );
}

/** What the page itself can tell to be missing or wrong; the server judges the rest. */
function useMissing(draft: Draft, input: MessageInput, receivers: Receivers): Record<string, string> {
  const t = useTranslations('send');
  const missing: Record<string, string> = {};
  if (draft.text.trim() === '') missing.text = t('missing.text');
  if (receivers.numbers.length === 0) missing.receivers = t('missing.receivers');
  if (receivers.isTooMany) missing.receivers = t('missing.tooMany');
  if (draft.deferredTo !== '') {
    const isFuture = typeof input.deferredUntil === 'string' && Date.parse(input.deferredUntil) > Date.now();
    if (!isFuture) missing.deferredUntil = t('missing.time');
  }
  return missing;
}
