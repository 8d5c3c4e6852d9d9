import { PasswordInput, type PasswordInputProps } from '@mantine/core';

/** A field for a secret. Mantine's own shows what was refused, but tells no screen reader. */
export function PasswordField(props: PasswordInputProps) {
  return <PasswordInput {...props} aria-invalid={props.error ? true : undefined} />;
}
