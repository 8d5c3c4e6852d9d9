/** What is left on the account, what moves, and what remains: in a sentence and in a row of numbers. */

import { Box, Group, Paper, Stack, Text } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';
import { credits, thousandths, type Moves } from './quota-sum';

interface QuotaPreviewProps {
  /** What the account has left now, in thousandths. */
  left: number;
  /** What moves for each user; null as long as nothing is asked for. */
  moves: readonly Moves[] | null;
  /** One user's quota before and after, null where it is off; undefined where there are several users. */
  user?: { before: string | null; after: string | null } | null;
}

export function QuotaPreview({ left, moves, user }: QuotaPreviewProps) {
  const t = useTranslations('users.quota');
  const common = useTranslations('common');
  const formats = useFormats();
  const write = (thousandths: number) => formats.credits(credits(thousandths));
  const moved = moves?.reduce((sum, { moved: each }) => sum + each, 0) ?? 0;
  const remain = left - moved;
  const users = moves?.length ?? 0;
  const state = (value: string | null) => {
    if (value === null) return t('offShort');
    return Number(value) < 0 ? common('notEnough') : formats.credits(value);
  };
  // Of one user no more can be taken back than it has left.
  const lacking = user ? -Math.min(0, thousandths(user.after ?? '0')) : 0;
  return (
    <Paper withBorder p="sm" bg="var(--panel-canvas)" aria-live="polite">
      <Stack gap={6}>
        <Text size="sm" fw={600} c={remain < 0 || lacking > 0 ? 'var(--panel-bad)' : undefined}>
          {moves === null && t('preview.nothing', { left: write(left) })}
          {moves && remain < 0 && t('preview.tooMuch', { left: write(left), moved: write(moved), missing: write(-remain) })}
          {moves && remain >= 0 && moved >= 0 && t('preview.gives', { left: write(left), moved: write(moved), remain: write(remain), users })}
          {lacking > 0 && t('preview.takesTooMuch', { left: state(user?.before ?? '0'), moved: write(-moved), missing: write(lacking) })}
          {moves && moved < 0 && lacking === 0 && t('preview.returns', { left: write(left), moved: write(-moved), remain: write(remain), users })}
        </Text>
        {moves && user && (
          <Group gap="lg">
            <Change name={t('preview.account')} before={write(left)} after={state(credits(remain))} />
            <Change name={t('preview.user')} before={state(user.before)} after={state(user.after)} />
          </Group>
        )}
      </Stack>
    </Paper>
  );
}

function Change({ name, before, after }: { name: string; before: string; after: string }) {
  return (
    <Group gap={6} wrap="nowrap">
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <Text size="sm" className="numbers">
        {before}
      </Text>
      <Box c="dimmed" lh={0}>
        <IconArrowRight size={13} aria-hidden />
      </Box>
      <Text size="sm" fw={600} className="numbers">
        {after}
      </Text>
    </Group>
  );
}
