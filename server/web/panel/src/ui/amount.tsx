/** An amount of credits, typed with the separators that the reader is used to. */

import { NumberInput } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import { useLocale } from 'use-intl';

interface AmountInputProps {
  label: string;
  description?: ReactNode;
  /** As the API takes it: a point before the thousandths, nothing between the thousands; empty for none. */
  value: string;
  onChange: (value: string) => void;
  error?: ReactNode;
  required?: boolean;
  autoFocus?: boolean;
  disabled?: boolean;
}

export function AmountInput({ value, onChange, autoFocus, required, ...props }: AmountInputProps) {
  const separators = useSeparators();
  return (
    <NumberInput
      {...props}
      {...separators}
      value={value}
      valueIsNumericString
      onValueChange={({ value: typed }, { source }) => {
        if (source === 'event') onChange(typed);
      }}
      required={required}
      withAsterisk={false}
      data-autofocus={autoFocus || undefined}
      decimalScale={3}
      allowNegative={false}
      clampBehavior="none"
      hideControls
      inputMode="decimal"
      autoComplete="off"
    />
  );
}

function useSeparators() {
  const tag = useLocale();
  return useMemo(() => {
    const parts = new Intl.NumberFormat(tag).formatToParts(12_345.6);
    const decimalSeparator = parts.find(({ type }) => type === 'decimal')?.value ?? '.';
    const thousandSeparator = parts.find(({ type }) => type === 'group')?.value ?? '';
    // A point or a comma that means nothing else is taken for the other one.
    const allowedDecimalSeparators = ['.', ','].filter((sign) => sign !== thousandSeparator);
    return { decimalSeparator, thousandSeparator, allowedDecimalSeparators };
  }, [tag]);
}
