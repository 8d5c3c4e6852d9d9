import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { IntlProvider } from 'use-intl';
import type { Messages } from '~/messages/en';
import { formatTag, keepLocale, loadMessages, type Locale, preferredLocale } from './locales';

const LocaleContext = createContext<{ locale: Locale; choose: (locale: Locale) => void } | null>(null);

/** The reader's language for all that is inside; shows nothing until its texts are there. */
export function LocaleProvider({ children }: { children: ReactNode }) {
  const [locale, setLocale] = useState(preferredLocale);
  const [loaded, setLoaded] = useState<{ locale: Locale; messages: Messages }>();

  useEffect(() => {
    let current = true;
    void loadMessages(locale).then((messages) => {
      if (current) setLoaded({ locale, messages });
    });
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
  if (!loaded) return null;
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

/** The language in force, and how to choose another. */
export function useLocaleChoice() {
  const value = useContext(LocaleContext);
  if (!value) throw new Error('LocaleProvider is missing.');
  return value;
}
