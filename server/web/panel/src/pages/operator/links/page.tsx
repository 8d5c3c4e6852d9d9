/** The links to operators, as they are at the moment. */

import { Anchor, Button, Menu, Stack, Text } from '@mantine/core';
import { IconListDetails, IconPlayerPause, IconPlayerPlay, IconPlugConnected, IconPlus, IconTrash } from '@tabler/icons-react';
import { type ComponentType, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { usePolling } from '~/client/polling';
import { useFormats } from '~/i18n/formats';
import { useAddress } from '~/ui/address';
import { Page, Section } from '~/ui/page';
import { RowMenu } from '~/ui/row-menu';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable } from '~/ui/table';
import { State, type Tone } from '~/ui/values';
import { CreateDialog } from './create';
import { DeleteDialog, EnabledDialog, type LinkDialogProps } from './dialogs';
import { type Link, LinksQuery } from './documents';
import { SettingsDialog } from './settings';

const TONES = { BOUND: 'good', CONNECTING: 'busy', DOWN: 'bad', STOPPED: 'idle' } as const satisfies Record<
  Link['state'],
  Tone
>;

const DIALOGS = { settings: SettingsDialog, enabled: EnabledDialog, delete: DeleteDialog } satisfies Record<
  string,
  ComponentType<LinkDialogProps>
>;

type OpenDialog = (kind: keyof typeof DIALOGS, link: Link) => void;

export default function LinksPage() {
  const t = useTranslations('operator.links');
  const [address, setAddress] = useAddress(['add']);
  const [query, again] = useQuery({ query: LinksQuery });
  usePolling(true, again);
  const [shown, setShown] = useState<{ kind: keyof typeof DIALOGS; link: Link }>();
  const columns = useColumns((kind, link) => setShown({ kind, link }));
  const Shown = shown && DIALOGS[shown.kind];
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAddress({ add: '1' })}>
      {t('create')}
    </Button>
  );
  return (
    <Page title={t('title')} description={t('description')} actions={create}>
      <Section flush>
        <Loaded query={query} retry={again} pick={({ links }) => links}>
          {(links) => (
            <DataTable
              label={t('title')}
              columns={columns}
              rows={links}
              rowKey={({ id }) => id}
              empty={
                <Empty icon={<IconPlugConnected size={22} />} title={t('empty')} action={create}>
                  {t('emptyWhy')}
                </Empty>
              }
            />
          )}
        </Loaded>
      </Section>
      {address.add && <CreateDialog onClose={() => setAddress({ add: null })} />}
      {Shown && <Shown link={shown.link} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function useColumns(open: OpenDialog): Column<Link>[] {
  const t = useTranslations('operator.links');
  const common = useTranslations('common');
  const formats = useFormats();
  return [
    {
      key: 'name',
      header: t('link'),
      render: (link) => (
        <div>
          <Anchor component="button" type="button" fw={600} ta="start" style={{ overflowWrap: 'anywhere', minWidth: 90 }} onClick={() => open('settings', link)}>
            {link.name}
          </Anchor>
          <Text size="xs" c="dimmed">
            {link.settings?.http?.preset ? t(`ways.${link.settings.http.preset}`) : link.kind}
          </Text>
        </div>
      ),
    },
    { key: 'state', header: t('state'), render: (link) => <LinkState link={link} /> },
    { key: 'binds', header: t('binds'), render: ({ binds }) => <Binds binds={binds} /> },
    {
      key: 'window',
      header: t('unanswered'),
      hint: t('unansweredWhy'),
      end: true,
      render: ({ window }) => formats.count(window),
    },
    {
      key: 'throttled',
      header: t('throttled'),
      render: ({ throttled, timesThrottled }) => (
        <div>
          {throttled ? <State tone="warn">{common('yes')}</State> : common('no')}
          {timesThrottled > 0 && (
            <Text size="xs" c="dimmed">
              {t('timesThrottled', { count: timesThrottled })}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'error',
      header: t('lastError'),
      render: ({ lastError }) => (
        <Text size="sm" c={lastError ? undefined : 'dimmed'} maw={360} style={{ overflowWrap: 'anywhere' }}>
          {lastError ?? common('none')}
        </Text>
      ),
    },
    { key: 'actions', header: '', end: true, render: (link) => <LinkMenu link={link} open={open} /> },
  ];
}

function LinkState({ link: { state, settings, workers } }: { link: Link }) {
  const t = useTranslations('operator.links');
  const disabled = settings?.enabled === false;
  return (
    <div>
      <State tone={TONES[state]}>{t(`states.${state}`)}</State>
      <Text size="xs" c="dimmed">
        {disabled ? t('isDisabled') : t('workers', { count: workers })}
      </Text>
    </div>
  );
}

/** How many binds of each kind are how. */
function Binds({ binds }: { binds: Link['binds'] }) {
  const t = useTranslations('operator.links');
  const common = useTranslations('common');
  const formats = useFormats();
  if (binds.length === 0) return <Text span size="sm" c="dimmed">{common('none')}</Text>;
  const counts = new Map<string, { kind: Link['binds'][number]['kind']; state: Link['binds'][number]['state']; count: number }>();
  for (const { kind, state } of binds) {
    const key = `${kind} ${state}`;
    counts.set(key, { kind, state, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return (
    <Stack gap={2}>
      {[...counts].map(([key, { kind, state, count }]) => (
        <Text key={key} size="sm">
          {count > 1 && `${formats.count(count)} × `}
          {t(`modes.${kind}`)}
          <Text span size="xs" c="dimmed" display="block">
            {t(`bindStates.${state}`)}
          </Text>
        </Text>
      ))}
    </Stack>
  );
}

function LinkMenu({ link, open }: { link: Link; open: OpenDialog }) {
  const t = useTranslations('operator.links');
  const enabled = link.settings?.enabled;
  return (
    <RowMenu row={link.name}>
      <Menu.Item leftSection={<IconListDetails size={15} />} onClick={() => open('settings', link)}>
        {t('settings')}
      </Menu.Item>
      {link.settings && (
        <>
          <Menu.Item
            leftSection={enabled ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />}
            onClick={() => open('enabled', link)}
          >
            {t(enabled ? 'disable' : 'enable')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => open('delete', link)}>
            {t('delete')}
          </Menu.Item>
        </>
      )}
    </RowMenu>
  );
}
