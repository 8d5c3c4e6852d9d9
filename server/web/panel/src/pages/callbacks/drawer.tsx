import { Anchor, Button, Drawer, Stack } from '@mantine/core';
import { IconRotate } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useCallbackPolling } from '~/client/polling';
import { messagePath } from '~/paths';
import { DeliveryHead, Tries } from '~/ui/callbacks';
import { Loaded } from '~/ui/states';
import { CopyButton, Facts } from '~/ui/values';
import { CallbackQuery } from './documents';
import { useReplayOne } from './use-replay-one';

interface Props {
  account: string;
  /** Which callback is shown; empty for none. */
  id: string;
  onClose: () => void;
  onReplayed: () => void;
}

/** One callback with every try to deliver it. */
export function CallbackDrawer({ account, id, onClose, onReplayed }: Props) {
  const t = useTranslations('callbacks');
  const common = useTranslations('common');
  const [query, ask] = useQuery({ query: CallbackQuery, variables: { id }, pause: id === '' });
  const again = () => ask({ requestPolicy: 'network-only' });
  const node = query.data?.node;
  const callback = node?.__typename === 'CallbackDelivery' ? node : null;
  useCallbackPolling(id !== '' && callback ? [callback] : [], again);
  const { replay, busy, canReplay } = useReplayOne(account, callback, () => {
    again();
    onReplayed();
  });
  return (
    <Drawer
      opened={id !== ''}
      onClose={onClose}
      position="right"
      size="lg"
      title={t('one')}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Loaded query={query} retry={again} pick={() => callback}>
        {(callback) => (
          <Stack gap="md">
            <DeliveryHead delivery={callback} />
            <Facts
              facts={[
                ...(callback.message
                  ? ([
                      [
                        t('message'),
                        <Anchor
                          key="message"
                          component={Link}
                          href={messagePath(account, callback.message.id)}
                          inherit
                          underline="always"
                        >
                          {t('messageTo', { number: callback.message.number, receiver: callback.message.receiver })}
                        </Anchor>,
                      ],
                    ] as const)
                  : []),
                [
                  'webhook-id',
                  <span key="id" style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}>
                    {callback.webhookId}
                    <CopyButton value={callback.webhookId} />
                  </span>,
                ],
              ]}
            />
            <Tries tries={callback.tries} />
            {canReplay && (
              <div>
                <Button
                  variant="default"
                  leftSection={<IconRotate size={16} />}
                  loading={busy}
                  onClick={() => void replay()}
                >
                  {t(callback.state === 'DELIVERED' ? 'replayDelivered' : 'replay')}
                </Button>
              </div>
            )}
          </Stack>
        )}
      </Loaded>
    </Drawer>
  );
}
