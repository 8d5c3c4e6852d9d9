/** What advertising says at its end, when it goes, and which answers ask it to stop. */

import { Input, MultiSelect, Pill, Switch, TagsInput, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useLocale, useTranslations } from 'use-intl';
import { Fold } from '~/ui/fold';
import type { Settings, StopLanguage, StopLanguages } from './documents';
import { SettingsForm } from './form';
import classes from './settings.module.css';

const WORDS_HEIGHT = 62;

export function Advertising({ settings, languages }: { settings: Settings; languages: NonNullable<StopLanguages> }) {
  const t = useTranslations('settings.advertising');
  const { name, stopClause, stopLanguages, stopWords, stopWordsInForce, keepsAdvertisingHours } = settings;
  const options = useLanguageOptions(languages);
  return (
    <SettingsForm
      account={name}
      title={t('title')}
      description={t('description')}
      saved={{ stopClause, keepsAdvertisingHours, stopLanguages, stopWords }}
    >
      {({ values, set, errors }) => (
        <>
          <TextInput
            label={t('stopClause')}
            description={t('stopClauseWhy')}
            placeholder={t('stopClauseExample')}
            value={values.stopClause ?? ''}
            onChange={(event) => set({ stopClause: event.currentTarget.value })}
            error={errors.stopClause}
          />
          <Switch
            label={t('hours')}
            description={t('hoursWhy')}
            checked={values.keepsAdvertisingHours ?? false}
            onChange={(event) => set({ keepsAdvertisingHours: event.currentTarget.checked })}
            error={errors.keepsAdvertisingHours}
          />
          <MultiSelect
            label={t('languages')}
            description={t('languagesWhy')}
            data={options}
            searchable
            clearable
            clearButtonProps={{ 'aria-label': t('noLanguage') }}
            hidePickedOptions
            value={[...(values.stopLanguages ?? [])]}
            onChange={(chosen) => set({ stopLanguages: inOrder(chosen as StopLanguage[], languages) })}
            error={errors.stopLanguages}
          />
          <TagsInput
            label={t('words')}
            description={t('wordsWhy')}
            placeholder={values.stopWords?.length ? undefined : t('wordsExample')}
            clearable
            clearButtonProps={{ 'aria-label': t('noWord') }}
            value={[...(values.stopWords ?? [])]}
            onChange={(stopWordsTyped) => set({ stopWords: stopWordsTyped })}
            error={errors.stopWords}
            acceptValueOnBlur
          />
          <Input.Wrapper label={t('inForce', { count: stopWordsInForce.length })} labelElement="div">
            <Fold height={WORDS_HEIGHT} more={t('showAll')} less={t('showLess')}>
              <ul className={classes.words}>
                {stopWordsInForce.map((word) => (
                  <li key={word}>
                    <Pill size="sm">{word}</Pill>
                  </li>
                ))}
              </ul>
            </Fold>
          </Input.Wrapper>
        </>
      )}
    </SettingsForm>
  );
}

/** The languages by their names in the reader's one, each with its first words. */
function useLanguageOptions(languages: NonNullable<StopLanguages>) {
  const tag = useLocale();
  return useMemo(() => {
    const names = new Intl.DisplayNames(tag, { type: 'language' });
    return languages
      .map(({ language }) => ({ value: language, label: names.of(language.toLowerCase()) ?? language }))
      .sort((one, other) => one.label.localeCompare(other.label, tag));
  }, [languages, tag]);
}

/** Return the chosen ones as the server lists them, so that the order of clicks is no change. */
function inOrder(chosen: readonly StopLanguage[], languages: NonNullable<StopLanguages>): StopLanguage[] {
  return languages.map(({ language }) => language).filter((language) => chosen.includes(language));
}
