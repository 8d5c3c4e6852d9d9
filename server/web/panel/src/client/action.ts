/** Mutations as forms use them: what was refused stands beside the field that it concerns. */

import { useCallback, useState } from 'react';
import { useTranslations } from 'use-intl';
import { type AnyVariables, type CombinedError, type TypedDocumentNode, useMutation } from 'urql';
import { useLocaleChoice } from '~/i18n/provider';
import { codeOf } from './client';

export interface Refusal {
  field: string[];
  code: string;
  message: string;
  retryAfter?: number | null;
}

type Payload<Data> = NonNullable<Data[keyof Data]>;

export interface Action<Data, Variables> {
  /** Do it; the payload where it was done, null where it was refused or failed. */
  run: (variables: Variables) => Promise<Payload<Data> | null>;
  busy: boolean;
  /**
   * What was refused, by the input's field; of a list's entry also by field and index ("addresses.1"). What concerns
   * no shown field is in `general`.
   */
  errors: Record<string, string>;
  /** What was refused as a whole, or why the server could not be asked. */
  general: string | null;
  clear: () => void;
}

/** Use a mutation whose payload has `userErrors { field code message }`. `fields` are those that a form shows. */
export function useAction<Data, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  fields: readonly string[] = [],
): Action<Data, Variables> {
  const [{ fetching }, mutate] = useMutation(document);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [general, setGeneral] = useState<string | null>(null);
  const textOf = useRefusalText();
  const failureText = useFailureText();
  const shown = fields.join(' ');

  const clear = useCallback(() => {
    setErrors({});
    setGeneral(null);
  }, []);

  const run = useCallback(
    async (variables: Variables) => {
      clear();
      const { data, error } = await mutate(variables);
      if (error || !data) {
        setGeneral(failureText(error));
        return null;
      }
      const payload = Object.values(data as object)[0] as { userErrors?: Refusal[] } | null;
      const refusals = payload?.userErrors ?? [];
      if (!payload || refusals.length > 0) {
        const byField: Record<string, string> = {};
        const others: string[] = [];
        for (const refusal of refusals) {
          const place = refusal.field.findIndex((part) => shown.split(' ').includes(part));
          const name = refusal.field[place];
          if (name) {
            byField[name] ??= textOf(refusal);
            byField[refusal.field.slice(place).join('.')] ??= textOf(refusal);
          } else others.push(textOf(refusal));
        }
        setErrors(byField);
        setGeneral(others.length > 0 ? others.join(' ') : payload ? null : failureText(undefined));
        return null;
      }
      return payload as Payload<Data>;
    },
    [mutate, clear, textOf, failureText, shown],
  );
  return { run, busy: fetching, errors, general, clear };
}

/** Why something was refused, in the reader's language; the server's own words are English and often more exact. */
export function useRefusalText(): (refusal: { code: string; message: string }) => string {
  const t = useTranslations('errors');
  const { locale } = useLocaleChoice();
  return useCallback(
    ({ code, message }) => {
      const key = code as Parameters<typeof t>[0];
      return locale !== 'en' && t.has(key) ? t(key) : message;
    },
    [t, locale],
  );
}

/** Why the server gave no answer, in the reader's language. */
export function useFailureText(): (error: CombinedError | undefined) => string {
  const t = useTranslations('common');
  const textOf = useRefusalText();
  return useCallback(
    (error) => {
      if (!error || error.networkError) return t('unreachable');
      const code = codeOf(error) ?? '';
      return textOf({ code, message: error.graphQLErrors[0]?.message ?? t('fault') });
    },
    [t, textOf],
  );
}
