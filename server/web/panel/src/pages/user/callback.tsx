/** What is called about a user's messages, how that fares, and the last calls. */

import { Alert, Anchor, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconKey, IconWebhook } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { useFormats } from '~/i18n/formats';
import { TestCall } from '~/pages/users/dialogs/test-call';
import { CallbackHealth } from '~/pages/users/columns';
import { accountPath, messagePath } from '~/paths';
import { CallbackStateMark } from '~/ui/callbacks';
import { Section } from '~/ui/page';
import { Empty } from '~/ui/states';
import { type Column, DataTable } from '~/ui/table';
import { Facts, Time } from '~/ui/values';
import type { UserOfPage } from './documents';
import { KeyDialog } from './key-dialog';

type Call = UserOfPage['callbackDeliveries']['nodes'][number];

interface CallbackSectionProps {
  account: string;
  user: UserOfPage;
  change: () => void;
}

export function CallbackSection({ account, user, change }: CallbackSectionProps) {
  const t = useTranslations('userPage.callback');
  const page = useTranslations('userPage');
  const formats = useFormats();
  const [rotating, setRotating] = useState(false);
  const { login, callback, callbackDeliveries } = user;
  const { url, stopUrl, signingKeyId, disabledAt, disabledReason } = callback;
  const shown = (value: string | null) => (value ? <Code style={{ overflowWrap: 'anywhere' }}>{value}</Code> : t('ofAccount'));
  return (
    <Section
      title={t('title')}
      flush
      actions={
        <>
          <Button variant="default" size="xs" leftSection={<IconKey size={14} />} onClick={() => setRotating(true)}>
            {t('newKey')}
          </Button>
          <Button variant="default" size="xs" onClick={change} aria-label={page('changeOf', { rule: t('title') })}>
            {page('change')}
          </Button>
        </>
      }
    >
      <Stack gap="md" px="md" pb="md">
        {disabledAt && (
          <Alert color="red" variant="outline" icon={<IconAlertTriangle />}>
            {t(`disabled.${disabledReason ?? 'FAILING'}`, { time: formats.time(disabledAt) })}
          </Alert>
        )}
        <Facts
          facts={[
            [t('url'), shown(url)],
            [t('stopUrl'), shown(stopUrl)],
            [t('health'), <CallbackHealth key="health" callback={callback} />],
            [t('key'), <Code key="key">{signingKeyId}</Code>],
          ]}
        />
        <TestCall account={account} login={login} stop={false} />
      </Stack>
      <Calls account={account} login={login} calls={callbackDeliveries.nodes} />
      {rotating && <KeyDialog account={account} login={login} onClose={() => setRotating(false)} />}
    </Section>
  );
}

function Calls({ account, login, calls }: { account: string; login: string; calls: readonly Call[] }) {
  const t = useTranslations('userPage.callback');
  const callbacks = useTranslations('callbacks');
  const columns: Column<Call>[] = [
    {
      key: 'about',
      header: callbacks('about'),
      render: ({ kind, message }) =>
        message ? (
          <Anchor component={Link} href={messagePath(account, message.id)} className="numbers">
            {message.receiver}
          </Anchor>
        ) : (
          callbacks(`kind.${kind}`)
        ),
    },
    { key: 'state', header: callbacks('stateLabel'), render: ({ state }) => <CallbackStateMark state={state} /> },
    {
      key: 'answer',
      header: t('answer'),
      render: ({ tries }) => {
        const last = tries.at(-1);
        if (!last) return '–';
        return last.status === null ? callbacks(`verdicts.${last.verdict}`) : `HTTP ${last.status}`;
      },
    },
    { key: 'time', header: callbacks('written'), end: true, render: ({ createdAt }) => <Time time={createdAt} precise /> },
  ];
  return (
    <>
      <DataTable
        label={t('calls')}
        columns={columns}
        rows={calls}
        rowKey={({ id }) => id}
        empty={
          <Empty icon={<IconWebhook size={22} />} title={t('noCalls')}>
            {t('noCallsWhy')}
          </Empty>
        }
      />
      {calls.length > 0 && (
        <Group px="md" py="sm">
          <Text size="sm">
            <Anchor component={Link} href={accountPath(account, 'callbacks', { login })} underline="always" inherit>
              {t('all')}
            </Anchor>
          </Text>
        </Group>
      )}
    </>
  );
}
