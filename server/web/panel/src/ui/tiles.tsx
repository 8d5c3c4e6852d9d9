/** A few figures, each with its name and what it is to be compared with. */

import { Paper, SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';

export interface Tile {
  label: string;
  value: ReactNode;
  hint?: ReactNode;
}

export function Tiles({ tiles }: { tiles: readonly Tile[] }) {
  return (
    <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: 'xs', sm: 'md' }} component="dl" m={0}>
      {tiles.map(({ label, value, hint }) => (
        <Paper key={label} withBorder p="md">
          <Text component="dt" size="sm" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} mt={4} fz={{ base: 20, sm: 26 }} fw={620} lh={1.15} className="numbers">
            {value}
          </Text>
          {hint && (
            <Text component="dd" m={0} mt={6} size="xs" c="dimmed">
              {hint}
            </Text>
          )}
        </Paper>
      ))}
    </SimpleGrid>
  );
}
