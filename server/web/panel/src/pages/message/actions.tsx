import { Button, Menu, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconRotate, IconX } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { useFormats } from '~/i18n/formats';
import { CancelMessage, ReplayMessage } from '~/pages/messages/documents';
import { done, FormDialog, Refused } from '~/ui/dialog';
import type { Message } from './documents';

export function MessageActions({ message }: { message: Message }) {
  const isCancellable = message.status === 'CREATED';
  return (
    <>
      <ReplayMenu message={message} />
      {isCancellable && <Cancel message={message} />}
    </>
  );
}

function ReplayMenu({ message: { id, events } }: { message: Message }) {
  const t = useTranslations('message');
  const { run, busy, general } = useAction(ReplayMessage);
  const replay = async (deliveredToo: boolean) => {
    const payload = await run({ id, deliveredToo });
    if (payload) done(t('replayed', { count: payload.replayed ?? 0 }));
  };
  // Of a message's acceptance nobody is called.
  if (events.length < 2) return null;
  return (
    <>
      <Refused text={general} />
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <Button
            variant="default"
            loading={busy}
            leftSection={<IconRotate size={16} />}
            rightSection={<IconChevronDown size={14} />}
          >
            {t('replay')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void replay(false)}>{t('replayMissed')}</Menu.Item>
          <Menu.Item onClick={() => void replay(true)}>{t('replayAll')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function Cancel({ message: { id, credits, receiver } }: { message: Message }) {
  const t = useTranslations('message');
  const formats = useFormats();
  const [opened, { open, close }] = useDisclosure();
  const { run, busy, general, clear } = useAction(CancelMessage);
  const submit = async () => {
    if (!(await run({ id }))) return;
    close();
    done(t('cancelled'));
  };
  return (
    <>
      <Button variant="default" leftSection={<IconX size={16} />} onClick={() => (clear(), open())}>
        {t('cancel')}
      </Button>
      <FormDialog
        opened={opened}
        onClose={close}
        title={t('cancelTitle')}
        submit={t('cancel')}
        onSubmit={() => void submit()}
        busy={busy}
        general={general}
        danger
      >
        <Text>{t('cancelWhat', { receiver, credits: formats.credits(credits) })}</Text>
      </FormDialog>
    </>
  );
}
