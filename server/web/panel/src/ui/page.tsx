/** How each page begins, and the sections that it has. */

import { Box, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';

/** How wide a page grows, in px. */
export const WIDTH = 1440;

export function Page({
  title,
  description,
  actions,
  children,
  narrow = false,
}: {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  /** For forms and texts, which are hard to read when they are wide. */
  narrow?: boolean;
}) {
  useEffect(() => {
    document.title = `${title} · Chappe`;
  }, [title]);
  return (
    <Stack gap="lg" maw={WIDTH} mx="auto" w="100%">
      <Group justify="space-between" align="flex-end" gap="sm">
        <Box flex="1 1 280px">
          <Title order={1}>{title}</Title>
          {description && (
            <Text c="dimmed" mt={2} component="div">
              {description}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {narrow ? (
        <Stack gap="lg" maw={820}>
          {children}
        </Stack>
      ) : (
        children
      )}
    </Stack>
  );
}

/** A framed part of a page. `flush` lets a table reach the frame, `fill` is as high as its neighbours. */
export function Section({
  title,
  description,
  actions,
  children,
  flush = false,
  fill = false,
}: {
  title?: string;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  fill?: boolean;
}) {
  return (
    <Paper withBorder component="section" aria-label={title} h={fill ? '100%' : undefined}>
      {(title || actions) && (
        <Group justify="space-between" px="md" py="sm" gap="sm" align="flex-start">
          <Box flex="1 1 160px">
            {title && <Title order={2}>{title}</Title>}
            {description && (
              <Text size="sm" c="dimmed" component="div">
                {description}
              </Text>
            )}
          </Box>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
      )}
      <Box p={flush ? 0 : 'md'} pt={flush || title ? 0 : 'md'}>
        {children}
      </Box>
    </Paper>
  );
}
