/** What an alert would say in texts that are not saved yet, as they are typed. */

import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useFailureText } from '~/client/action';
import { useSession } from '~/session';
import { type Preview, PreviewQuery, type PreviewValues } from './documents';

export interface Texts {
  mailSubject: string;
  mailBody: string;
  smsBody: string;
}

export const TEXTS = ['mailSubject', 'mailBody', 'smsBody'] as const satisfies readonly (keyof Texts)[];

const PAUSE_MS = 250;

interface Shown {
  preview?: Preview;
  /** What is wrong with one of the texts. */
  errors: Partial<Record<keyof Texts, string>>;
  /** Why there is no preview, where no text is the reason. */
  failure?: string;
}

/** The last preview that there was stays while a text is wrong. */
export function usePreview(account: string, texts: Texts, values: PreviewValues): Shown {
  const { uncached } = useSession().connection;
  const textOf = useFailureText();
  const [shown, setShown] = useState<Shown>({ errors: {} });
  const [{ mailSubject, mailBody, smsBody }] = useDebouncedValue(texts, PAUSE_MS);
  const login = values.login ?? null;
  useEffect(() => {
    let current = true;
    void uncached
      .query(PreviewQuery, { account, mailSubject, mailBody, smsBody, values: { login } })
      .toPromise()
      .then(({ data, error }) => {
        if (!current) return;
        const preview = data?.account?.alertTemplates;
        if (preview) {
          setShown({ preview, errors: {} });
          return;
        }
        const place = error?.graphQLErrors[0]?.path?.[2];
        const wrong = TEXTS.find((name) => name === place);
        setShown((before) => ({
          preview: before.preview,
          errors: wrong ? { [wrong]: textOf(error) } : {},
          failure: wrong ? undefined : textOf(error),
        }));
      });
    return () => {
      current = false;
    };
  }, [uncached, textOf, account, mailSubject, mailBody, smsBody, login]);
  return shown;
}
