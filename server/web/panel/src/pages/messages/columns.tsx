import { ActionIcon, Anchor, Badge, Box, Menu, Text } from '@mantine/core';
import { IconDots, IconEye, IconPhone, IconTag, IconUser } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { useFormats } from '~/i18n/formats';
import { messagePath } from '~/paths';
import { usePttWords } from '~/ui/ptt';
import type { Column } from '~/ui/table';
import { Credits, Status, Time } from '~/ui/values';
import type { Message } from './documents';
import type { Filters } from './filter';
import classes from './page.module.css';

type Narrow = (changes: Partial<Filters>) => void;

export function useColumns(account: string, narrow: Narrow): Column<Message>[] {
  const t = useTranslations('messages');
  const formats = useFormats();
  const pttWords = usePttWords();
  return useMemo(
    () => [
      {
        key: 'receiver',
        header: t('receiver'),
        render: ({ id, receiver, sender }) => (
          <div>
            <Anchor component={Link} href={messagePath(account, id)} fw={600} className="numbers">
              {receiver}
            </Anchor>
            <Text size="xs" c="dimmed">
              {t('fromSender', { sender })}
            </Text>
          </div>
        ),
      },
      {
        key: 'status',
        header: t('status'),
        render: ({ status, ptt, waitReason }) => (
          <div>
            <Status status={status} />
            {ptt ? (
              <Text size="xs" c="dimmed" lineClamp={1} maw={260} title={pttWords(ptt).description}>
                {t('pttShort', { code: ptt.code, description: pttWords(ptt).description })}
              </Text>
            ) : (
              status === 'CREATED' &&
              waitReason && (
                <Text size="xs" c="dimmed">
                  {t(`waits.${waitReason}`)}
                </Text>
              )
            )}
          </div>
        ),
      },
      {
        key: 'text',
        header: t('text'),
        render: ({ body, tag }) => (
          <Box>
            <span className={classes.text} title={body}>
              {body}
            </span>
            {tag && (
              <Badge variant="default" size="sm" radius="sm" mt={4} tt="none" fw={500}>
                {tag}
              </Badge>
            )}
          </Box>
        ),
      },
      {
        key: 'user',
        header: t('user'),
        render: ({ userLogin }) =>
          userLogin ?? (
            <Text span c="dimmed" inherit>
              {t('holder')}
            </Text>
          ),
      },
      {
        key: 'credits',
        header: t('credits'),
        end: true,
        render: ({ credits, parts, status }) => (
          <div>
            <Credits value={credits} />
            {status === 'NOT_BILLED' && (
              <Text size="xs" c="dimmed">
                {t('refunded')}
              </Text>
            )}
            {parts > 1 && (
              <Text size="xs" c="dimmed">
                {t('parts', { count: parts })}
              </Text>
            )}
          </div>
        ),
      },
      {
        key: 'time',
        header: t('accepted'),
        end: true,
        render: ({ createdAt, deferredUntil, status }) => (
          <div>
            <Time time={createdAt} />
            {status === 'CREATED' && deferredUntil && (
              <Text size="xs" c="dimmed">
                {t('deferredTo', { time: formats.time(deferredUntil) })}
              </Text>
            )}
          </div>
        ),
      },
      { key: 'actions', header: '', render: (message) => <RowMenu account={account} message={message} narrow={narrow} /> },
    ],
    [account, narrow, formats, pttWords, t],
  );
}

function RowMenu({ account, message, narrow }: { account: string; message: Message; narrow: Narrow }) {
  const t = useTranslations('messages');
  const { id, receiver, tag, userLogin } = message;
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('actionsOf', { number: message.number })}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} href={messagePath(account, id)} leftSection={<IconEye size={15} />}>
          {t('open')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconPhone size={15} />} onClick={() => narrow({ receiver })}>
          {t('onlyReceiver', { receiver })}
        </Menu.Item>
        {userLogin && (
          <Menu.Item leftSection={<IconUser size={15} />} onClick={() => narrow({ login: userLogin })}>
            {t('onlyUser', { login: userLogin })}
          </Menu.Item>
        )}
        {tag && (
          <Menu.Item leftSection={<IconTag size={15} />} onClick={() => narrow({ tag })}>
            {t('onlyTag', { tag })}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
