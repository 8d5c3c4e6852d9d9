import { Anchor, Select, SimpleGrid, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { accountPath } from '~/paths';
import type { SendingAccountData } from './documents';
import type { Draft } from './draft';
import { WhenInput } from './when';

interface Props {
  account: SendingAccountData;
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
  errors: Record<string, string | undefined>;
}

const CODINGS = ['GSM_7BIT', 'UNICODE'] as const;
const CLASSES = ['FLASH', 'PHONE', 'SIM', 'DEVICE'] as const;

/** All that a message may have beside its text and its receivers. */
export function Options({ account, draft, onChange, errors }: Props) {
  const t = useTranslations('send');
  const { stopClause, keepsAdvertisingHours, timeZone, name } = account;
  return (
    <Stack gap="md">
      {stopClause ? (
        <Switch
          label={t('advertising')}
          description={
            <>
              {t('advertisingWhy', { clause: stopClause })}
              {keepsAdvertisingHours && ` ${t('advertisingHours')}`} {t('advertisingOff')}
            </>
          }
          checked={draft.isAdvertising}
          onChange={(event) => onChange({ isAdvertising: event.currentTarget.checked })}
        />
      ) : (
        // Without a clause it makes no difference to the server whether a message is advertising.
        <Text size="sm" c="dimmed">
          {t.rich('noClause', {
            link: (text) => (
              <Anchor component={Link} href={accountPath(name, 'settings')} inherit underline="always">
                {text}
              </Anchor>
            ),
          })}
        </Text>
      )}
      <WhenInput
        timeZone={timeZone}
        value={draft.deferredTo}
        onChange={(deferredTo) => onChange({ deferredTo })}
        error={errors.deferredUntil}
      />
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        <TextInput
          label={t('tag')}
          description={t('tagWhy')}
          maxLength={20}
          value={draft.tag}
          error={errors.tag}
          onChange={(event) => onChange({ tag: event.currentTarget.value })}
        />
        <Select
          label={t('class')}
          description={t('classWhy')}
          allowDeselect={false}
          data={[
            { value: '', label: t('classes.none') },
            ...CLASSES.map((value) => ({ value, label: t(`classes.${value}`) })),
          ]}
          value={draft.messageClass}
          onChange={(messageClass) => onChange({ messageClass: (messageClass ?? '') as Draft['messageClass'] })}
        />
        <Select
          label={t('coding')}
          description={t('codingWhy')}
          allowDeselect={false}
          data={[
            { value: '', label: t('codings.none') },
            ...CODINGS.map((value) => ({ value, label: t(`codings.${value}`) })),
          ]}
          value={draft.coding}
          onChange={(coding) => onChange({ coding: (coding ?? '') as Draft['coding'] })}
        />
      </SimpleGrid>
    </Stack>
  );
}
