import { Checkbox, Group, Stack, Tabs, Text, Textarea } from '@mantine/core';
import { memo, useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';
import { State } from '~/ui/values';
import type { Draft } from './draft';
import { FileInput } from './file-input';
import { MOST_RECEIVERS, NO_RECEIVERS, readPasted, type Receivers } from './receivers';
import { RefusalsButton } from './refusals';

interface Props {
  draft: Draft;
  onDraft: (changes: Partial<Draft>) => void;
  onChange: (receivers: Receivers) => void;
  receivers: Receivers;
  error?: string;
}

/** Whom to send to: typed and pasted, or from a file. */
export function ReceiversInput({ draft, onDraft, receivers, onChange, error }: Props) {
  const t = useTranslations('send');
  const [way, setWay] = useState<string | null>('paste');
  const { pasted, addsPlus } = draft;
  return (
    <Stack gap="sm">
      <Tabs
        value={way}
        onChange={(chosen) => {
          setWay(chosen);
          onChange(NO_RECEIVERS);
        }}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="paste">{t('paste')}</Tabs.Tab>
          <Tabs.Tab value="file">{t('file')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="paste" pt="sm">
          <PasteInput
            text={pasted}
            onDraft={onDraft}
            addsPlus={addsPlus}
            onChange={onChange}
            error={error}
          />
        </Tabs.Panel>
        <Tabs.Panel value="file" pt="sm">
          <FileInput addsPlus={addsPlus} onChange={onChange} error={error} />
        </Tabs.Panel>
      </Tabs>
      {(receivers.bare > 0 || addsPlus) && (
        <Checkbox
          label={t('addsPlus')}
          description={t('addsPlusWhy')}
          checked={addsPlus}
          onChange={(event) => onDraft({ addsPlus: event.currentTarget.checked })}
        />
      )}
      <Counted receivers={receivers} />
    </Stack>
  );
}

// To find its height takes long with thousands of lines: not at each letter of the message.
const PasteInput = memo(function PasteInput({
  text,
  onDraft,
  addsPlus,
  onChange,
  error,
}: {
  text: string;
  onDraft: (changes: Partial<Draft>) => void;
  addsPlus: boolean;
  onChange: (receivers: Receivers) => void;
  error?: string;
}) {
  const t = useTranslations('send');
  useEffect(() => {
    const stop = new AbortController();
    readPasted(text, addsPlus, stop.signal).then(onChange, () => {
      // Another text has come meanwhile.
    });
    return () => stop.abort();
  }, [text, addsPlus, onChange]);
  return (
    <Textarea
      label={t('numbers')}
      description={t('receiversWhy')}
      placeholder={'+33612345678\n+447700900123'}
      autosize
      minRows={3}
      maxRows={10}
      spellCheck={false}
      value={text}
      error={error}
      onChange={(event) => onDraft({ pasted: event.currentTarget.value })}
    />
  );
});

/** How many are sent to, and what was set aside. */
function Counted({ receivers }: { receivers: Receivers }) {
  const t = useTranslations('send');
  const formats = useFormats();
  const { numbers, refused, isTooMany } = receivers;
  const duplicates = refused.filter(({ code }) => code === 'DUPLICATE_RECEIVER').length;
  const malformed = refused.length - duplicates;
  return (
    <Group gap="lg" role="status" aria-live="polite">
      {numbers.length > 0 && (
        <State tone="good">{t('counted', { count: numbers.length, shown: formats.count(numbers.length) })}</State>
      )}
      {malformed > 0 && <State tone="bad">{t('malformed', { count: malformed, shown: formats.count(malformed) })}</State>}
      {duplicates > 0 && (
        <State tone="warn">{t('duplicates', { count: duplicates, shown: formats.count(duplicates) })}</State>
      )}
      {isTooMany && (
        <Text size="sm" c="var(--panel-bad)">
          {t('tooMany', { most: formats.count(MOST_RECEIVERS) })}
        </Text>
      )}
      {refused.length > 0 && <RefusalsButton refused={refused} />}
    </Group>
  );
}
