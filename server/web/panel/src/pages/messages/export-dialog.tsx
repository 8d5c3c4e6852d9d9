import { Alert, Button, Group, Modal, Progress, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useFailureText } from '~/client/action';
import { PacedFailure } from '~/client/paced';
import { download } from '~/files/csv';
import { useFormats } from '~/i18n/formats';
import { useSession } from '~/session';
import { Refused } from '~/ui/dialog';
import { MessagesQuery } from './documents';
import { exportMessages, type ExportProgress, MOST_ROWS } from './export';
import { asInput, type Filters } from './filter';

interface Props {
  account: string;
  filters: Filters;
  onClose: () => void;
}

type Result = Awaited<ReturnType<typeof exportMessages>>;

export function ExportDialog({ account, filters, onClose }: Props) {
  const t = useTranslations('messages');
  const common = useTranslations('common');
  const formats = useFormats();
  const { uncached } = useSession().connection;
  const [filter] = useState(() => asInput(filters));
  const [{ data }] = useQuery({ query: MessagesQuery, variables: { account, filter, first: 1 } });
  const [progress, setProgress] = useState<ExportProgress>();
  const [result, setResult] = useState<Result>();
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  const total = data?.messages?.totalCount;
  const begin = async () => {
    stop.current = new AbortController();
    setResult(undefined);
    setProgress({ rows: 0, isCut: false, waits: false });
    const done = await exportMessages(uncached, account, filter, stop.current.signal, setProgress);
    setResult(done);
    if (!done.failure) save(done.file);
  };
  const save = (file: Blob) => download(`${account}-messages-${new Date().toISOString().slice(0, 10)}.csv`, file);
  const running = progress !== undefined && result === undefined;
  return (
    <Modal opened onClose={onClose} title={t('export')} closeButtonProps={{ 'aria-label': common('close') }}>
      <Stack gap="md">
        {!progress && (
          <Text>
            {total === undefined
              ? common('loading')
              : t('exportWhat', { count: total, shown: formats.total(total), most: formats.count(MOST_ROWS) })}
          </Text>
        )}
        {progress && <ExportState progress={progress} total={total} result={result} />}
        <Group justify="flex-end" gap="xs">
          {running ? (
            <Button variant="default" onClick={() => stop.current?.abort()}>
              {t('stop')}
            </Button>
          ) : (
            <Button variant="default" onClick={onClose}>
              {common('close')}
            </Button>
          )}
          {!progress && (
            <Button onClick={() => void begin()} disabled={!total}>
              {t('exportBegin')}
            </Button>
          )}
          {result && result.rows > 0 && (
            <Button onClick={() => save(result.file)}>{t('exportSave', { count: result.rows })}</Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

function ExportState({
  progress,
  total,
  result,
}: {
  progress: ExportProgress;
  total: number | undefined;
  result: Result | undefined;
}) {
  const t = useTranslations('messages');
  const formats = useFormats();
  const failureText = useFailureText();
  // A total is counted to 10,000 only: beyond that nobody knows how far it is.
  const known = total !== undefined && total <= 10_000;
  const part = result ? 100 : known && total > 0 ? (progress.rows / total) * 100 : 100;
  const failure = result?.failure;
  return (
    <Stack gap="xs">
      <Progress
        value={part}
        animated={!result}
        striped={!result && !known}
        aria-label={t('exportProgress')}
      />
      <Text size="sm" role="status">
        {t('exportRows', { count: progress.rows, shown: formats.count(progress.rows) })}
        {progress.waits && !result && ` ${t('exportWaits')}`}
        {result && !failure && progress.isCut && ` ${t('exportCut', { most: formats.count(MOST_ROWS) })}`}
      </Text>
      {failure instanceof PacedFailure && <Refused text={failureText(failure.reason)} />}
      {failure !== undefined && !(failure instanceof PacedFailure) && (
        <Alert variant="light" color="gray">
          {t('exportStopped')}
        </Alert>
      )}
    </Stack>
  );
}
