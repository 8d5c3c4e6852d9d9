import { ActionIcon, Anchor, Menu, Text } from '@mantine/core';
import { IconDots, IconEye, IconMessage, IconRotate } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { useFormats } from '~/i18n/formats';
import { messagePath } from '~/paths';
import { CallbackStateMark, NextTry } from '~/ui/callbacks';
import type { Column } from '~/ui/table';
import { Time } from '~/ui/values';
import type { Callback } from './documents';
import { useReplayOne } from './use-replay-one';

export function useColumns(account: string, show: (id: string) => void, again: () => void): Column<Callback>[] {
  const t = useTranslations('callbacks');
  const common = useTranslations('common');
  const formats = useFormats();
  return [
    {
      key: 'about',
      header: t('about'),
      render: ({ kind, message }) => (
        <div>
          {message ? (
            <Anchor component={Link} href={messagePath(account, message.id)} fw={600} className="numbers">
              {message.receiver}
            </Anchor>
          ) : (
            <Text span inherit fw={600}>
              {t(`kind.${kind}`)}
            </Text>
          )}
          {message && (
            <Text size="xs" c="dimmed">
              {t(`kind.${kind}`)}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'state',
      header: t('stateLabel'),
      render: ({ state, nextTryAt }) => (
        <div>
          <CallbackStateMark state={state} />
          {nextTryAt && (
            <Text size="xs" c="dimmed">
              <NextTry time={nextTryAt} />
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'url',
      header: t('url'),
      render: ({ url }) => (
        <Text size="xs" ff="monospace" maw={360} lineClamp={2} title={url ?? undefined} style={{ overflowWrap: 'anywhere' }}>
          {url ?? '–'}
        </Text>
      ),
    },
    {
      key: 'user',
      header: common('user'),
      render: ({ message }) => message?.userLogin ?? '–',
    },
    { key: 'tries', header: t('tries'), end: true, render: ({ attempts }) => formats.count(attempts) },
    { key: 'time', header: t('written'), end: true, render: ({ createdAt }) => <Time time={createdAt} /> },
    {
      key: 'actions',
      header: '',
      render: (callback) => <RowMenu account={account} callback={callback} show={show} again={again} />,
    },
  ];
}

interface RowMenuProps {
  account: string;
  callback: Callback;
  show: (id: string) => void;
  again: () => void;
}

function RowMenu({ account, callback, show, again }: RowMenuProps) {
  const t = useTranslations('callbacks');
  const { replay, busy, canReplay } = useReplayOne(account, callback, again);
  const { message, createdAt, state } = callback;
  const about = t('actionsOf', { about: message?.receiver ?? t(`kind.${callback.kind}`), time: createdAt });
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={about} loading={busy}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconEye size={15} />} onClick={() => show(callback.id)}>
          {t('seeTries')}
        </Menu.Item>
        {message && (
          <Menu.Item component={Link} href={messagePath(account, message.id)} leftSection={<IconMessage size={15} />}>
            {t('seeMessage')}
          </Menu.Item>
        )}
        {canReplay && (
          <Menu.Item leftSection={<IconRotate size={15} />} onClick={() => void replay()}>
            {t(state === 'DELIVERED' ? 'replayDelivered' : 'replay')}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
