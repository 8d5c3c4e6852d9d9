/** What becomes of a test, as it happens. */

import { Anchor, Divider, Group, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useQuery, useSubscription } from 'urql';
import { Link } from 'wouter';
import { MessageQuery } from '~/pages/message/documents';
import { Timeline } from '~/pages/message/timeline';
import { messagePath } from '~/paths';
import { LinesLoading, Loaded } from '~/ui/states';
import { Credits, Status } from '~/ui/values';
import { TestChanges } from './documents';
import type { Sent } from './send-test';

export function Delivery({ account, sent: { id, cursor } }: { account: string; sent: Sent }) {
  const t = useTranslations('sendWith');
  const [query, again] = useQuery({ query: MessageQuery, variables: { id } });
  useSubscription({ query: TestChanges, variables: { account, id, after: cursor } });
  return (
    <>
      <Divider my="md" />
      <Loaded query={query} retry={again} pick={({ message }) => message} loading={<LinesLoading lines={3} />}>
        {(message) => (
          <Stack gap="md">
            <Group gap="lg" role="status">
              <Text size="sm" fw={600} component="div">
                <Status status={message.status} />
              </Text>
              <Text size="sm" c="dimmed" component="div">
                {t.rich('cost', { credits: () => <Credits value={message.credits} /> })}
              </Text>
              <Anchor component={Link} href={messagePath(account, id)} size="sm" underline="always">
                {t('message', { number: message.number })}
              </Anchor>
            </Group>
            <Timeline message={message} />
          </Stack>
        )}
      </Loaded>
    </>
  );
}
