/** A field that a list is searched by, as one types. */

import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

interface SearchInputProps {
  /** What is searched in, also its name for who can't see it. */
  label: string;
  /** What is searched for at present, as the address has it. */
  value: string;
  /** Called a moment after the last key. */
  onChange: (text: string) => void;
}

export function SearchInput({ label, value, onChange }: SearchInputProps) {
  const [text, setText] = useState(value);
  const search = useDebouncedCallback((typed: string) => onChange(typed.trim()), 200);
  useEffect(() => {
    if (value === '') setText('');
  }, [value]);
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={15} />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
    />
  );
}
