/** A call to a callback URL, to try it; its result is shown as it arrives. */

import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { IconPhoneCall } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { usePolling } from '~/client/polling';
import { CallbackStateMark, Tries } from '~/ui/callbacks';
import { Refused } from '~/ui/dialog';
import { Ago, State } from '~/ui/values';
import { CallQuery, SendTestCallback } from '../documents';

const ASKED_AGAIN_MS = 700;

interface TestCallProps {
  account: string;
  /** The user whose URL it is; undefined for the account's own. */
  login?: string;
  /** Whether the URL for STOPs is called. */
  stop: boolean;
  /** Keep what was typed before it is called; undefined where it is kept already. */
  save?: () => Promise<boolean>;
}

export function TestCall({ account, login, stop, save }: TestCallProps) {
  const t = useTranslations('users.test');
  const [id, setId] = useState<string | null>(null);
  const { run, busy, general } = useAction(SendTestCallback);
  const call = async () => {
    if (save && !(await save())) return;
    const payload = await run({ input: { account, login, stop } });
    if (payload?.delivery) setId(payload.delivery.id);
  };
  const name = t(stop ? 'stop' : 'status');
  return (
    <Paper withBorder p="sm">
      <Stack gap={0}>
        <Group justify="space-between" gap="xs">
          <Text size="sm" fw={500}>
            {name}
          </Text>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPhoneCall size={14} />}
            loading={busy}
            aria-label={`${t(save ? 'saveAndCall' : 'call')}: ${name}`}
            onClick={() => void call()}
          >
            {t(save ? 'saveAndCall' : 'call')}
          </Button>
        </Group>
        <div aria-live="polite">{id && <CallResult id={id} />}</div>
        <Refused text={general} />
      </Stack>
    </Paper>
  );
}

function CallResult({ id }: { id: string }) {
  const t = useTranslations('users.test');
  const [{ data }, again] = useQuery({ query: CallQuery, variables: { id } });
  const call = data?.node?.__typename === 'CallbackDelivery' ? data.node : null;
  usePolling(call?.state === 'WAITING', again, ASKED_AGAIN_MS);
  if (!call) return null;
  return (
    <Stack gap="xs" mt="xs">
      <Group gap="sm">
        {call.state === 'WAITING' && call.tries.length === 0 ? (
          <State tone="busy">{t('underWay')}</State>
        ) : (
          <CallbackStateMark state={call.state} />
        )}
        {call.tries.length > 0 && call.nextTryAt && (
          <Text size="sm" c="dimmed">
            {t.rich('next', { time: () => <Ago time={call.nextTryAt} /> })}
          </Text>
        )}
      </Group>
      {call.tries.length > 0 && <Tries tries={call.tries} />}
    </Stack>
  );
}
