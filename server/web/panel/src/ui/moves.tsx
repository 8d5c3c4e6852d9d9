/** What a movement of credits will leave, before it is confirmed. */

import { Group, Paper, Stack, Text } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { Credits } from './values';

export interface Move {
  name: string;
  before: string;
  after: string;
}

export function Moves({ label, moves }: { label: string; moves: readonly Move[] }) {
  const t = useTranslations('common');
  return (
    <Paper withBorder p="sm" role="group" aria-label={label} aria-live="polite">
      <Stack gap={6}>
        {moves.map(({ name, before, after }) => {
          const short = Number(after) < 0;
          return (
            <Group key={name} justify="space-between" gap="sm">
              <Text size="sm">{name}</Text>
              <Group gap={6} wrap="nowrap">
                <Text size="sm" c="dimmed">
                  <Credits value={before} />
                </Text>
                <IconArrowRight size={14} role="img" aria-label={t('becomes')} />
                <Text size="sm" fw={600} c={short ? 'var(--panel-bad)' : undefined}>
                  {short ? t('notEnough') : <Credits value={after} />}
                </Text>
              </Group>
            </Group>
          );
        })}
      </Stack>
    </Paper>
  );
}
