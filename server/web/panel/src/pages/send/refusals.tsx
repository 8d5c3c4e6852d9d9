import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDownload } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useRefusalText } from '~/client/action';
import { BYTE_ORDER_MARK, csvLine, download } from '~/files/csv';
import { useFormats } from '~/i18n/formats';
import { type Column, DataTable } from '~/ui/table';
import type { RefusedRow } from './receivers';

const SHOWN = 50;

/** The rows that are not sent to, with the reason of each; all of them as a file. */
export function Refusals({ refused }: { refused: readonly RefusedRow[] }) {
  const t = useTranslations('send');
  const formats = useFormats();
  const textOf = useRefusalText();
  const reason = ({ code, reason }: RefusedRow) => textOf({ code, message: reason || t(`refusedHere.${hereCode(code)}`) });
  const columns: Column<RefusedRow>[] = [
    { key: 'row', header: t('row'), render: ({ row }) => formats.count(row) },
    { key: 'receiver', header: t('receiver'), render: ({ receiver }) => receiver },
    { key: 'reason', header: t('reason'), render: reason },
  ];
  const shown = refused.slice(0, SHOWN);
  const save = () =>
    download(
      'refused.csv',
      new Blob(
        [
          BYTE_ORDER_MARK,
          csvLine(['row', 'receiver', 'code', 'reason']),
          ...refused.map((row) => csvLine([row.row, row.receiver, row.code, reason(row)])),
        ],
        { type: 'text/csv;charset=utf-8' },
      ),
    );
  return (
    <Stack gap="xs">
      <DataTable
        label={t('refusals')}
        columns={columns}
        rows={shown}
        rowKey={(row) => String(shown.indexOf(row))}
        empty={null}
      />
      <Group justify="space-between" px="md" pb="md">
        <Text size="sm" c="dimmed">
          {refused.length > SHOWN && t('firstShown', { shown: formats.count(SHOWN), all: formats.count(refused.length) })}
        </Text>
        <Button variant="default" size="xs" leftSection={<IconDownload size={15} />} onClick={save}>
          {t('downloadRefused')}
        </Button>
      </Group>
    </Stack>
  );
}

const hereCode = (code: string) => (code === 'DUPLICATE_RECEIVER' ? code : 'INVALID_PHONE_NUMBER');

export function RefusalsButton({ refused }: { refused: readonly RefusedRow[] }) {
  const t = useTranslations('send');
  const common = useTranslations('common');
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="subtle" size="compact-sm" onClick={open}>
        {t('seeRefused')}
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={t('refusals')}
        size="lg"
        padding={0}
        styles={{ header: { padding: 'var(--mantine-spacing-md)' } }}
        closeButtonProps={{ 'aria-label': common('close') }}
      >
        <Refusals refused={refused} />
      </Modal>
    </>
  );
}
