import { Button, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { BYTE_ORDER_MARK, csvLine, download } from '~/files/csv';
import { useFormats } from '~/i18n/formats';
import { FormDialog } from '~/ui/dialog';
import { type Job, readRest } from './job-store';

interface Props {
  job: Job;
  onClose: () => void;
  onForgotten: () => void;
}

/** What was not sent is forgotten only by who has read so, and may keep it as a file before. */
export function DiscardDialog({ job, onClose, onForgotten }: Props) {
  const t = useTranslations('send');
  const formats = useFormats();
  const [busy, setBusy] = useState(false);
  const left = job.receivers - job.accepted - (job.refused - job.setAside);
  const save = async () => {
    const rest = await readRest(job);
    const lines = rest.map(({ number, row }) => csvLine([row, number]));
    download('not-sent.csv', new Blob([BYTE_ORDER_MARK, csvLine(['row', 'receiver']), ...lines], { type: 'text/csv;charset=utf-8' }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('discardTitle')}
      submit={t('job.discard')}
      onSubmit={() => {
        setBusy(true);
        onForgotten();
      }}
      busy={busy}
      danger
    >
      <Text>
        {t('discardWhat', { count: left, shown: formats.count(left), accepted: formats.count(job.accepted) })}
      </Text>
      <div>
        <Button variant="default" leftSection={<IconDownload size={15} />} onClick={() => void save()}>
          {t('downloadRest')}
        </Button>
      </div>
    </FormDialog>
  );
}
