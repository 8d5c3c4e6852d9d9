/** The variables of alerts, each put into the text at the cursor by a click. */

import { Button, Input, Text } from '@mantine/core';
import { useCallback, useRef } from 'react';
import { useTranslations } from 'use-intl';
import type { Variable } from './documents';
import classes from './alerts.module.css';

type Field = HTMLInputElement | HTMLTextAreaElement;

/** Remember in which field the cursor is, and put words there. */
export function useInsertion<Name extends string>(
  first: Name,
  values: Record<Name, string>,
  onChange: (name: Name, value: string) => void,
) {
  const fields = useRef(new Map<Name, Field>());
  const latest = useRef(first);
  const insert = useCallback(
    (words: string) => {
      const name = latest.current;
      const field = fields.current.get(name);
      if (!field) return;
      const start = field.selectionStart ?? field.value.length;
      const end = field.selectionEnd ?? start;
      onChange(name, field.value.slice(0, start) + words + field.value.slice(end));
      requestAnimationFrame(() => {
        field.focus();
        field.setSelectionRange(start + words.length, start + words.length);
      });
    },
    [onChange],
  );
  const fieldProps = (name: Name) => ({
    value: values[name],
    ref: (field: Field | null) => {
      if (field) fields.current.set(name, field);
    },
    onFocus: () => {
      latest.current = name;
    },
    onChange: (event: { currentTarget: Field }) => onChange(name, event.currentTarget.value),
  });
  return { fieldProps, insert };
}

export function Variables({ variables, onInsert }: { variables: readonly Variable[]; onInsert: (words: string) => void }) {
  const t = useTranslations('alerts.texts');
  return (
    <Input.Wrapper label={t('variables')} description={t('variablesWhy')} labelElement="div">
      <ul className={classes.variables}>
        {variables.map(({ name, meaning }) => {
          const key = `variable.${name}` as Parameters<typeof t.has>[0];
          return (
            <li key={name}>
              <Button
                variant="default"
                size="compact-xs"
                ff="monospace"
                aria-label={t('insert', { name })}
                onClick={() => onInsert(`{${name}}`)}
              >
                {`{${name}}`}
              </Button>
              <Text span size="xs" c="dimmed">
                {t.has(key) ? t(key) : meaning}
              </Text>
            </li>
          );
        })}
      </ul>
    </Input.Wrapper>
  );
}
