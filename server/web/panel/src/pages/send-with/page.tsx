/** How to send with one user: programs that run as they are, and a test whose delivery is shown as it happens. */

import {
  Alert,
  Anchor,
  Box,
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Tabs,
  Text,
  TextInput,
} from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconAlertTriangle, IconCheck, IconCopy, IconSend } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import type { ResultOf } from '~/graphql';
import type { AccountPageProps } from '~/pages/account/routes';
import { accountPath, userPath } from '~/paths';
import { Refused } from '~/ui/dialog';
import { Page, Section } from '~/ui/page';
import { Loaded, PageLoading } from '~/ui/states';
import { filledIn, GAP, Program } from './code';
import { SendWithQuery } from './documents';
import { Delivery } from './delivery';
import { type Language, LANGUAGES, sample, type Way, WAYS } from './samples';
import { useSendTest } from './send-test';

type Data = ResultOf<typeof SendWithQuery>;
type User = NonNullable<Data['user']>;

/** A number that no telephone has: Ofcom keeps it for films. */
const NO_PHONE = '+447700900001';
/** Stands for a sender as long as the account has none. */
const NO_SENDER = 'SENDER';

export default function SendWithPage({ account, item = '' }: AccountPageProps) {
  const [query, again] = useQuery({ query: SendWithQuery, variables: { account, login: item } });
  return (
    <Loaded
      query={query}
      retry={again}
      pick={({ account, user, viewer }) =>
        account && user && { user, senders: account.senders.nodes.map(({ name }) => name), address: viewer?.address ?? '' }
      }
      loading={<PageLoading />}
    >
      {(known) => <SendWith key={known.user.id} account={account} {...known} />}
    </Loaded>
  );
}

interface SendWithProps {
  account: string;
  user: User;
  senders: readonly string[];
  /** From where the reader speaks to the server. */
  address: string;
}

function SendWith({ account, user, senders, address }: SendWithProps) {
  const t = useTranslations('sendWith');
  const [chosen, setChosen] = useState('');
  const [receiver, setReceiver] = useState(NO_PHONE);
  const [text, setText] = useState(() => t('sampleText'));
  const sender = chosen || senders[0] || '';
  const { login } = user;
  const { send, busy, errors, sent } = useSendTest();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) void send({ account, login, sender, receiver: receiver.trim(), text });
  };
  return (
    <Page
      title={t('title', { login })}
      description={t.rich('description', {
        user: (name) => (
          <Anchor component={Link} href={userPath(account, login)} underline="always" inherit>
            {name}
          </Anchor>
        ),
        login,
      })}
    >
      <Obstacles account={account} user={user} senders={senders} address={address} />
      <Section title={t('test')} description={t('testWhat')}>
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
              <NativeSelect
                label={t('sender')}
                value={sender}
                data={[...senders]}
                disabled={senders.length === 0}
                error={errors.sender}
                onChange={(event) => setChosen(event.currentTarget.value)}
              />
              <TextInput
                label={t('receiver')}
                type="tel"
                value={receiver}
                error={errors.receiver}
                onChange={(event) => setReceiver(event.currentTarget.value)}
              />
              <TextInput label={t('text')} value={text} error={errors.text} onChange={(event) => setText(event.currentTarget.value)} />
            </SimpleGrid>
            <Refused text={errors.general} />
            <Group gap="sm">
              <Button type="submit" leftSection={<IconSend size={16} />} loading={busy} disabled={sender === ''}>
                {t('send')}
              </Button>
              <Text size="sm" c="dimmed">
                {t(user.quota.enabled ? 'costsQuota' : 'costsAccount')}
              </Text>
            </Group>
          </Stack>
        </form>
        {sent && <Delivery key={sent.id} account={account} sent={sent} />}
      </Section>
      <Samples
        values={{
          server: window.location.origin,
          account,
          login,
          sender: sender || NO_SENDER,
          receiver: receiver.trim() || NO_PHONE,
          text: text || t('sampleText'),
        }}
        account={account}
      />
    </Page>
  );
}

/** Why a message would be refused just now. */
function Obstacles({ account, user: { login, enabled, quota, ipRestrictions }, senders, address }: SendWithProps) {
  const t = useTranslations('sendWith.obstacle');
  const obstacles = [
    senders.length === 0 && { key: 'sender', href: accountPath(account, 'senders') },
    !enabled && { key: 'disabled', href: userPath(account, login) },
    quota.enabled && Number(quota.left) <= 0 && { key: 'quota', href: userPath(account, login) },
    ipRestrictions.length > 0 && { key: 'restricted', href: userPath(account, login) },
  ].filter((one) => one !== false);
  if (obstacles.length === 0) return null;
  return (
    <Alert color="orange" variant="outline" icon={<IconAlertTriangle />}>
      <Stack gap={4}>
        {obstacles.map(({ key, href }) => (
          <Text key={key} size="sm">
            {t(`${key as 'sender'}.why`, { addresses: ipRestrictions.join(', '), address })}{' '}
            <Anchor component={Link} href={href} underline="always" inherit>
              {t(`${key as 'sender'}.link`)}
            </Anchor>
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}

function Samples({ account, values }: { account: string; values: Omit<Parameters<typeof sample>[2], 'password'> }) {
  const t = useTranslations('sendWith');
  const [language, setLanguage] = useState<Language>('curl');
  const [way, setWay] = useState<Way>('url');
  const [password, setPassword] = useState('');
  const clipboard = useClipboard({ timeout: 2_000 });
  const program = sample(language, way, { ...values, password: GAP });
  return (
    <Section title={t('samples')} description={t('samplesWhat')} flush>
      <Group justify="space-between" gap="sm" px="md" pb="sm">
        <Tabs value={language} onChange={(value) => setLanguage(value as Language)} variant="pills">
          <Tabs.List aria-label={t('language')}>
            {LANGUAGES.map((name) => (
              <Tabs.Tab key={name} value={name} aria-controls="program">
                {t(`languages.${name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
        </Tabs>
        <Group gap="xs">
          <SegmentedControl
            aria-label={t('way')}
            size="xs"
            value={way}
            onChange={(value) => setWay(value as Way)}
            data={WAYS.map((name) => ({ value: name, label: t(`ways.${name}`) }))}
          />
          <Button
            variant="default"
            size="xs"
            leftSection={clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            onClick={() => clipboard.copy(filledIn(program, password))}
          >
            {t(clipboard.copied ? 'copied' : 'copy')}
          </Button>
        </Group>
      </Group>
      <Box id="program" role="tabpanel" aria-label={t(`languages.${language}`)}>
        <Program program={program} label={t('program')} password={password} onPassword={setPassword} />
      </Box>
      <Stack gap={4} px="md" py="sm">
        <Text size="sm" c="dimmed">
          {t(`needs.${language}`)} {t('passwordWhat')}
        </Text>
        <Text size="sm" c="dimmed">
          {t.rich(`about.${way}`, {
            user: (name) => (
              <Anchor component={Link} href={userPath(account, values.login)} underline="always" inherit>
                {name}
              </Anchor>
            ),
          })}
        </Text>
      </Stack>
    </Section>
  );
}
