/** What a ptt code means, in the reader's language as far as this server has words for the code. */

import { useCallback } from 'react';
import { useTranslations } from 'use-intl';
import { useLocaleChoice } from '~/i18n/provider';

interface Ptt {
  code: number;
  description: string;
  comment?: string | null;
}

export function usePttWords(): (ptt: Ptt) => { description: string; comment: string | null } {
  const t = useTranslations('ptt');
  const { locale } = useLocaleChoice();
  return useCallback(
    ({ code, description, comment = null }) => {
      // English are the server's own words, which it may change.
      if (locale === 'en') return { description, comment };
      const [means, follows] = [String(code), `${code}why`] as Parameters<typeof t>[0][];
      return {
        description: means && t.has(means) ? t(means) : description,
        comment: comment !== null && follows && t.has(follows) ? t(follows) : comment,
      };
    },
    [t, locale],
  );
}
