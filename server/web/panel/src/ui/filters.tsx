/** What narrows a list: a row of inputs above it, behind a button where there is no room. */

import { Button, Select, type SelectProps, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDebouncedValue, useDisclosure, useMediaQuery } from '@mantine/hooks';
import { IconFilter, IconX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { graphql } from '~/graphql';
import classes from './filters.module.css';

interface FilterBarProps {
  /** How many of the filters narrow the list. */
  active: number;
  onClear: () => void;
  children: ReactNode;
}

export function FilterBar({ active, onClear, children }: FilterBarProps) {
  const t = useTranslations('common');
  const [opened, { toggle }] = useDisclosure();
  const narrow = useMediaQuery('(max-width: 47.99em)', false, { getInitialValueInEffect: false });
  return (
    <div className={classes.bar} role="search">
      {narrow && (
        <Button
          variant="default"
          fullWidth
          leftSection={<IconFilter size={15} />}
          aria-expanded={opened}
          onClick={toggle}
        >
          {active > 0 ? t('filtersSet', { count: active }) : t('filters')}
        </Button>
      )}
      {(!narrow || opened) && <div className={classes.inputs}>{children}</div>}
      {active > 0 && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          mt="xs"
          leftSection={<IconX size={14} />}
          onClick={onClear}
        >
          {t('clearFilters')}
        </Button>
      )}
    </div>
  );
}

/** A search and a few choices: in a row from the left, under each other on a phone. */
export function SearchBar({ children }: { children: ReactNode }) {
  return (
    <div className={classes.row} role="search">
      {children}
    </div>
  );
}

/** One of a few; nothing chosen is any of them. */
export function Choice<Value extends string>({
  label,
  any,
  values,
  value,
  onChange,
}: {
  label: string;
  /** What stands there while nothing is chosen. */
  any: string;
  values: readonly { value: Value; label: string }[];
  value: Value | undefined;
  onChange: (value: string | null) => void;
}) {
  const t = useTranslations('common');
  return (
    <Select
      aria-label={label}
      placeholder={any}
      clearable
      clearButtonProps={{ 'aria-label': t('clear') }}
      data={values}
      value={value ?? null}
      onChange={onChange}
    />
  );
}

/** A text that is looked for once it stays as it is for a moment. */
export function TextFilter({
  label,
  value,
  onChange,
  ...others
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  maxLength?: number;
  inputMode?: 'tel' | 'numeric' | 'text';
  placeholder?: string;
}) {
  const [text, setText] = useState(value);
  const tell = useDebouncedCallback(onChange, 300);
  // Where the address changes by itself, as by the way back, the input follows.
  useEffect(() => setText(value), [value]);
  return (
    <TextInput
      size="xs"
      label={label}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value.trim());
      }}
      {...others}
    />
  );
}

/** A time in the reader's zone; told as the address and the API have it, in UTC. */
export function TimeFilter({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <TextInput
      size="xs"
      type="datetime-local"
      label={label}
      value={localTime(value)}
      onChange={(event) => onChange(instant(event.currentTarget.value))}
    />
  );
}

const UsersQuery = graphql(`
  query FilterUsers($account: String!, $text: String) {
    users(account: $account, filter: { loginPrefix: $text }, first: 20) {
      nodes { id login }
    }
  }
`);

/** One of the account's users, found by the server by the first letters of the login. */
export function UserFilter({
  account,
  value,
  onChange,
  ...others
}: {
  account: string;
  value: string;
  onChange: (value: string) => void;
} & Pick<SelectProps, 'label' | 'placeholder' | 'error' | 'size'>) {
  const t = useTranslations('common');
  const [text, setText] = useState(value);
  const [asked] = useDebouncedValue(text === value ? '' : text, 150);
  const [{ data }] = useQuery({ query: UsersQuery, variables: { account, text: asked || null } });
  const logins = (data?.users?.nodes ?? []).map(({ login }) => login);
  useEffect(() => setText(value), [value]);
  return (
    <Select
      size="xs"
      label={t('user')}
      placeholder={t('all')}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('clear') }}
      nothingFoundMessage={t('none')}
      filter={({ options }) => options}
      data={value && !logins.includes(value) && text === value ? [value, ...logins] : logins}
      value={value || null}
      searchValue={text}
      onSearchChange={setText}
      onChange={(login) => onChange(login ?? '')}
      {...others}
    />
  );
}

/** Return a time as an input of the type datetime-local has it; empty for none. */
export function localTime(time: string): string {
  const date = new Date(time);
  if (!time || Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Return the instant that such an input names in the reader's zone; empty for none. */
export function instant(local: string): string {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
