/** The choice of language and colours. */

import { type MantineColorScheme, Menu, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { LOCALES, type Locale } from '~/i18n/locales';
import { useLocaleChoice } from '~/i18n/provider';

const COLOURS = ['auto', 'light', 'dark'] as const satisfies MantineColorScheme[];

/** Language and colours, for whoever is not signed in. */
export function Preferences() {
  const t = useTranslations('nav');
  const { locale, choose } = useLocaleChoice();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <SegmentedControl
        fullWidth
        size="xs"
        my={6}
        aria-label={t('language')}
        value={locale}
        onChange={(value) => choose(value as Locale)}
        data={Object.keys(LOCALES).map((value) => ({ value, label: value.toUpperCase() }))}
      />
      <SegmentedControl
        fullWidth
        size="xs"
        mb={6}
        aria-label={t('colours')}
        value={colorScheme}
        onChange={(value) => setColorScheme(value as MantineColorScheme)}
        data={COLOURS.map((value) => ({ value, label: t(`scheme.${value}`) }))}
      />
    </>
  );
}

/** The same in a menu, where only its own items may stand. */
export function MenuPreferences() {
  const t = useTranslations('nav');
  const { locale, choose } = useLocaleChoice();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Menu.Label>{t('language')}</Menu.Label>
      <Menu.RadioGroup value={locale} onChange={(value) => choose(value as Locale)}>
        {Object.entries(LOCALES).map(([value, name]) => (
          <Menu.RadioItem key={value} value={value}>
            {name}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
      <Menu.Divider />
      <Menu.Label>{t('colours')}</Menu.Label>
      <Menu.RadioGroup value={colorScheme} onChange={(value) => setColorScheme(value as MantineColorScheme)}>
        {COLOURS.map((value) => (
          <Menu.RadioItem key={value} value={value}>
            {t(`scheme.${value}`)}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}
