import { Anchor, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { useFormats } from '~/i18n/formats';
import { accountPath, userPath } from '~/paths';
import { DeliveryHead, Tries } from '~/ui/callbacks';
import type { Message } from './documents';

/** Each callback about a message, with every try to deliver it. */
export function Callbacks({ account, message }: { account: string; message: Message }) {
  const t = useTranslations('message');
  const formats = useFormats();
  const deliveries = message.callbackDeliveries;
  if (deliveries.length === 0) {
    const where = message.userLogin ? userPath(account, message.userLogin) : accountPath(account, 'settings');
    return (
      <Text c="dimmed">
        {t('noCallbacks')}{' '}
        <Anchor component={Link} href={where} underline="always">
          {t('setCallback')}
        </Anchor>
      </Text>
    );
  }
  return (
    <Stack gap="lg">
      {deliveries.map((delivery) => (
        <Stack key={delivery.id} gap="xs">
          <DeliveryHead delivery={delivery} about={t('changeOf', { time: formats.precise(delivery.createdAt) })} />
          <Tries tries={delivery.tries} />
        </Stack>
      ))}
    </Stack>
  );
}
