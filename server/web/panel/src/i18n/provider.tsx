import { Button, Center, Stack, Text, Title } from '@mantine/core';
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { IntlProvider } from 'use-intl';
import type { Messages } from '~/messages/en';
import { formatTag, keepLocale, loadMessages, type Locale, preferredLocale } from './locales';

/** The one text outside the message files: it is for the case that they can't be loaded. */
const NOT_LOADED: Record<Locale, string> = {
  en: 'The control panel could not be loaded.',
  fr: 'L’interface n’a pas pu être chargée.',
  de: 'Die Oberfläche konnte nicht geladen werden.',
};

const LocaleContext = createContext<{ locale: Locale; choose: (locale: Locale) => void } | null>(null);

/** The reader's language for all that is inside; shows nothing until its texts are there. */
export function LocaleProvider({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState(preferredLocale);
  const [loaded, setLoaded] = useState<{ locale: Locale; messages: Messages }>();
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    let current = true;
    loadMessages(locale).then(
      (messages) => {
        if (current) setLoaded({ locale, messages });
      },
      () => {
        if (current) setFailed(true);
      },
    );
    return () => {
      current = false;
    };
  }, [locale]);

  useEffect(() => {
    if (loaded) document.documentElement.lang = loaded.locale;
  }, [loaded]);

  const value = useMemo(
    () => ({
      locale,
      choose: (chosen: Locale) => {
        keepLocale(chosen);
        setLocale(chosen);
      },
    }),
    [locale],
  );
  if (!loaded) return failed ? <WithoutTexts /> : null;
  return (
    <LocaleContext.Provider value={value}>
      <IntlProvider
        locale={formatTag(loaded.locale)}
        messages={loaded.messages}
        timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}
      >
        {children}
      </IntlProvider>
    </LocaleContext.Provider>
  );
}

/** What stands there while there are no texts in any language: the server is away, or has another version by now. */
function WithoutTexts() {
  return (
    <Center py={80} component="main">
      <Stack align="center" gap="xs" role="alert">
        <Title order={1}>Chappe</Title>
        {Object.entries(NOT_LOADED).map(([lang, text]) => (
          <Text key={lang} lang={lang}>
            {text}
          </Text>
        ))}
        <Button variant="default" lang="en" onClick={() => window.location.reload()}>
          Reload
        </Button>
      </Stack>
    </Center>
  );
}

/** The language in force, and how to choose another. */
export function useLocaleChoice() {
  const value = useContext(LocaleContext);
  if (!value) throw new Error('LocaleProvider is missing.');
  return value;
}
