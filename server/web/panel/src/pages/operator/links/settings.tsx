/** What is set for a link, as far as this page knows it. */

import { Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';
import { CopyButton, Facts, Time } from '~/ui/values';
import type { LinkDialogProps } from './dialogs';
import type { LinkSettings } from './documents';
import { RestByApi } from './rest-by-api';

type Fact = readonly [string, ReactNode];

export function SettingsDialog({ link, onClose }: LinkDialogProps) {
  const t = useTranslations('operator.links');
  const common = useTranslations('common');
  const { settings } = link;
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('settingsOf', { name: link.name })}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      <Stack gap="md">
        {settings ? <Settings settings={settings} /> : <Text size="sm">{t('fromEnvironment')}</Text>}
        <RestByApi />
      </Stack>
    </Modal>
  );
}

function Settings({ settings }: { settings: LinkSettings }) {
  const t = useTranslations('operator.links');
  const common = useTranslations('common');
  const kinds = useTranslations('senders.kinds');
  const formats = useFormats();
  const { http, prefixes, countries, senderKinds } = settings;
  const takes = [...countries.map(formats.country), ...prefixes].join(', ');
  const own = useOwnFacts(settings);
  const facts: Fact[] = [
    [t('opened'), settings.enabled ? common('yes') : common('no')],
    ...own,
    [t('window'), formats.count(settings.window)],
    [t('perSecond'), formats.count(settings.perSecond)],
    [t('priority'), formats.count(settings.priority)],
    [t('receivers'), takes || common('all')],
    [t('senders'), senderKinds.map((kind) => kinds(kind)).join(', ') || common('all')],
    [t('password'), settings.passwordVariable ?? t('kept')],
    ...(http?.receiptsUrl ? [[t('receiptsUrl'), <Address key="receipts" value={http.receiptsUrl} />] as Fact] : []),
    ...(http?.messagesUrl ? [[t('messagesUrl'), <Address key="messages" value={http.messagesUrl} />] as Fact] : []),
    [t('since'), <Time key="since" time={settings.createdAt} />],
    [t('changed'), <Time key="changed" time={settings.updatedAt} />],
  ];
  return <Facts facts={facts} />;
}

/** What only SMPP, or only HTTP, has. */
function useOwnFacts({ http, host, port, tls, systemId, mode, binds }: LinkSettings): Fact[] {
  const t = useTranslations('operator.links');
  const common = useTranslations('common');
  const formats = useFormats();
  if (!http) {
    return [
      [t('host'), `${host}:${port}`],
      [t('tls'), tls ? common('yes') : common('no')],
      [t('systemId'), systemId],
      [t('mode'), `${formats.count(binds)} × ${t(`modes.${mode}`)}`],
    ];
  }
  return [
    [t('way'), http.preset ? t(`ways.${http.preset}`) : t('ownTemplate')],
    ...(http.url ? [[t('url'), http.url] as Fact] : []),
    [t('user'), http.user || common('none')],
    ...(http.account ? [[t('accountThere'), http.account] as Fact] : []),
  ];
}

/** A secret address, to be copied to the operator. */
function Address({ value }: { value: string }) {
  return (
    <Group gap={4} wrap="nowrap">
      <span>{value}</span>
      <CopyButton value={value} />
    </Group>
  );
}
