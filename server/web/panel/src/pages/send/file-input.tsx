import { Button, Checkbox, FileButton, Group, Progress, Select, Stack, Text } from '@mantine/core';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';
import { readHead } from '~/files/csv-reader';
import { useFormats } from '~/i18n/formats';
import classes from './page.module.css';
import { guessColumn, NO_RECEIVERS, readColumn, type Receivers, type Sheet } from './receivers';

interface Props {
  addsPlus: boolean;
  onChange: (receivers: Receivers) => void;
  error?: string;
}

/** A file with one receiver a row, in a column of choice. It is read here and nowhere uploaded. */
export function FileInput({ addsPlus, onChange, error }: Props) {
  const t = useTranslations('send');
  const [sheet, setSheet] = useState<Sheet>();
  // A file may be chosen again because it has changed: each choice is read anew, whatever its name.
  const [choices, setChoices] = useState(0);
  const letChooseAgain = useRef<() => void>(null);
  const [failure, setFailure] = useState<string>();
  const choose = async (file: File | null) => {
    if (!file) return;
    // The browser tells of no change where the same file is chosen again.
    letChooseAgain.current?.();
    setFailure(undefined);
    setSheet(undefined);
    onChange(NO_RECEIVERS);
    try {
      setSheet({ file, ...(await readHead(file)) });
      setChoices((before) => before + 1);
    } catch {
      setFailure(t('unreadable'));
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void choose(event.dataTransfer.files[0] ?? null);
  };
  return (
    <Stack gap="sm">
      <div className={classes.drop} onDragOver={(event) => event.preventDefault()} onDrop={drop}>
        <IconFileSpreadsheet size={24} stroke={1.5} aria-hidden />
        <Text size="sm" c={sheet ? undefined : 'dimmed'} ta="center">
          {sheet ? sheet.file.name : t('fileWhy')}
        </Text>
        <FileButton
          onChange={(file) => void choose(file)}
          resetRef={letChooseAgain}
          accept=".csv,.txt,.tsv,text/csv,text/plain"
          inputProps={{ 'aria-label': t('chooseFile') }}
        >
          {(props) => (
            <Button variant="default" size="xs" {...props}>
              {t(sheet ? 'otherFile' : 'chooseFile')}
            </Button>
          )}
        </FileButton>
      </div>
      {(failure ?? error) && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {failure ?? error}
        </Text>
      )}
      {sheet && <ColumnChoice key={choices} sheet={sheet} addsPlus={addsPlus} onChange={onChange} />}
    </Stack>
  );
}

function ColumnChoice({ sheet, addsPlus, onChange }: { sheet: Sheet; addsPlus: boolean; onChange: (receivers: Receivers) => void }) {
  const t = useTranslations('send');
  const formats = useFormats();
  const [choice, setChoice] = useState(() => guessColumn(sheet.records));
  const [share, setShare] = useState(0);
  const [failed, setFailed] = useState(false);
  const { column, hasHeader } = choice;

  useEffect(() => {
    const stop = new AbortController();
    setShare(0);
    setFailed(false);
    onChange(NO_RECEIVERS);
    readColumn(sheet, { column, hasHeader, addsPlus }, stop.signal, setShare).then(
      (receivers) => {
        if (stop.signal.aborted) return;
        setShare(1);
        onChange(receivers);
      },
      () => {
        if (!stop.signal.aborted) setFailed(true);
      },
    );
    return () => stop.abort();
  }, [sheet, column, hasHeader, addsPlus, onChange]);

  const width = Math.max(1, ...sheet.records.map((record) => record.length));
  const first = sheet.records[0] ?? [];
  const samples = sheet.records.slice(hasHeader ? 1 : 0, hasHeader ? 4 : 3).map((record) => record[column] ?? '');
  return (
    <Stack gap="xs">
      <Group align="flex-end" gap="md">
        <Select
          label={t('column')}
          allowDeselect={false}
          data={Array.from({ length: width }, (_, index) => ({
            value: String(index),
            label: hasHeader && first[index] ? first[index] : t('columnOf', { number: index + 1 }),
          }))}
          value={String(column)}
          onChange={(value) => setChoice({ column: Number(value), hasHeader })}
        />
        <Checkbox
          label={t('hasHeader')}
          checked={hasHeader}
          onChange={(event) => setChoice({ column, hasHeader: event.currentTarget.checked })}
          mb={8}
        />
      </Group>
      <Text size="xs" c="dimmed">
        {t('samples', { samples: samples.filter(Boolean).join(' · ') || '–' })}
      </Text>
      {share < 1 && !failed && (
        <Group gap="xs" wrap="nowrap">
          <Progress value={share * 100} aria-label={t('reading')} flex={1} />
          <Text size="xs" c="dimmed" className="numbers">
            {formats.share(share, 1)}
          </Text>
        </Group>
      )}
      {failed && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {t('unreadable')}
        </Text>
      )}
    </Stack>
  );
}
