/** One message: what became of it, and who was told. */

import { Box, Code, Grid, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useQuery, useSubscription } from 'urql';
import { codeOf } from '~/client/client';
import { useCallbackPolling } from '~/client/polling';
import { useFormats } from '~/i18n/formats';
import type { AccountPageProps } from '~/pages/account/routes';
import { Page, Section } from '~/ui/page';
import { Loaded, NotFound } from '~/ui/states';
import { CopyButton, Facts, Status, Time } from '~/ui/values';
import { MessageActions } from './actions';
import { Callbacks } from './callbacks';
import { type Message, MessageChanges, MessageQuery } from './documents';
import { Timeline } from './timeline';

export default function MessagePage({ account, item = '' }: AccountPageProps) {
  const [query, again] = useQuery({ query: MessageQuery, variables: { id: item } });
  useSubscription({ query: MessageChanges, variables: { account, id: item } });
  // Callbacks come after the change that they tell of, and are not followed live themselves.
  useCallbackPolling(query.data?.message?.callbackDeliveries ?? [], again);
  // What is no id at all leads nowhere, like the id of what is not there.
  if (codeOf(query.error) === 'BAD_USER_INPUT') return <NotFound />;
  return (
    <Loaded
      query={query}
      retry={again}
      pick={({ message }) => (message?.account.name === account ? message : null)}
      missing={<NotFound />}
    >
      {(message) => <MessageView account={account} message={message} />}
    </Loaded>
  );
}

function MessageView({ account, message }: { account: string; message: Message }) {
  const t = useTranslations('message');
  return (
    <Page
      title={t('title', { receiver: message.receiver })}
      description={<Status status={message.status} />}
      actions={<MessageActions message={message} />}
    >
      <Grid gap="lg" align="flex-start">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="lg">
            <Section title={t('text')}>
              <Text component="div" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
                {message.body}
              </Text>
            </Section>
            <Section title={t('timeline')}>
              <Timeline message={message} />
            </Section>
            <Section title={t('callbacks')} description={t('callbacksWhy')}>
              <Callbacks account={account} message={message} />
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Section title={t('details')}>
            <Details message={message} />
          </Section>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function Details({ message }: { message: Message }) {
  const t = useTranslations('message');
  const formats = useFormats();
  const { number, receiver, sender, userLogin, tag, link, deferredUntil, heldUntil, sentAt } = message;
  const facts: [string, React.ReactNode][] = [
    [
      t('number'),
      <Box key="number" component="span" style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}>
        <Code>{number}</Code>
        <CopyButton value={number} label={t('copyNumber')} />
      </Box>,
    ],
    [t('receiver'), receiver],
    [t('sender'), sender],
    [t('user'), userLogin ?? t('holder')],
    [t('cost'), message.status === 'NOT_BILLED' ? t('refunded', { credits: formats.credits(message.credits) }) : formats.credits(message.credits)],
    [t('parts'), formats.count(message.parts)],
    [t('coding'), t(`codings.${message.coding}`)],
  ];
  if (message.messageClass) facts.push([t('class'), t(`classes.${message.messageClass}`)]);
  facts.push([t('link'), link ?? '–']);
  if (tag) facts.push([t('tag'), tag]);
  facts.push([t('accepted'), <Time key="created" time={message.createdAt} />]);
  if (deferredUntil) facts.push([t('deferred'), <Time key="deferred" time={deferredUntil} />]);
  if (heldUntil) facts.push([t('held'), <Time key="held" time={heldUntil} />]);
  facts.push([t('sent'), <Time key="sent" time={sentAt} />]);
  return <Facts facts={facts} />;
}
