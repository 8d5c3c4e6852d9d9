/** Dialogs: one thing to fill in or to confirm, with what was refused in its place. */

import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { FormEvent, ReactNode } from 'react';
import { useTranslations } from 'use-intl';

interface FormDialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What the button says, a verb: "Add user". */
  submit: string;
  onSubmit: () => void;
  busy: boolean;
  /** Why the whole was refused. */
  general?: string | null;
  /** Whether it takes something away for good. */
  danger?: boolean;
  disabled?: boolean;
  size?: string;
  children: ReactNode;
}

export function FormDialog({
  opened,
  onClose,
  title,
  submit,
  onSubmit,
  busy,
  general,
  danger,
  disabled,
  size,
  children,
}: FormDialogProps) {
  const t = useTranslations('common');
  const send = (event: FormEvent) => {
    event.preventDefault();
    // A dialog may be opened from a form, which this is not a part of.
    event.stopPropagation();
    if (!busy) onSubmit();
  };
  return (
    <Modal opened={opened} onClose={onClose} title={title} size={size} closeButtonProps={{ 'aria-label': t('close') }}>
      <form onSubmit={send} noValidate>
        <Stack gap="md">
          {children}
          <Refused text={general} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={busy} disabled={disabled} color={danger ? 'red' : undefined}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Why something as a whole was refused; nothing where it was not. */
export function Refused({ text }: { text: string | null | undefined }) {
  if (!text) return null;
  return (
    <Alert color="red" variant="outline" icon={<IconAlertTriangle />} role="alert">
      {text}
    </Alert>
  );
}

/** Say in passing that something was done; it goes by itself. */
export function done(message: string): void {
  notifications.show({ message, withBorder: true, withCloseButton: false });
}
