/** The languages of the panel, each with its texts in files of their own, loaded when they are needed. */

import type { Messages } from '~/messages/en';

export const LOCALES = { en: 'English', fr: 'Français', de: 'Deutsch' } as const;
export type Locale = keyof typeof LOCALES;

const KEPT_AS = 'chappe.locale';

const LOADERS: Record<Locale, () => Promise<{ texts: Messages }>> = {
  en: () => import('~/messages/en'),
  fr: () => import('~/messages/fr'),
  de: () => import('~/messages/de'),
};

/** Return the language that was chosen here, or the first of the browser's that the panel has. */
export function preferredLocale(): Locale {
  const wanted = [localStorage.getItem(KEPT_AS) ?? '', ...navigator.languages];
  const found = wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LOCALES);
  return (found as Locale | undefined) ?? 'en';
}

/** Keep a choice for the next visit. */
export function keepLocale(locale: Locale): void {
  localStorage.setItem(KEPT_AS, locale);
}

/** Return the texts of a language. */
export async function loadMessages(locale: Locale): Promise<Messages> {
  return (await LOADERS[locale]()).texts;
}

/**
 * Return the tag that numbers and times are written by: the reader's own one of that language where the browser
 * names it (en-GB, de-CH), else the language alone.
 */
export function formatTag(locale: Locale): string {
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(locale) && isTag(tag)) ?? locale;
}

/** Browsers pass on what the system says, and a system in no language says "en-US@posix". */
function isTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}
