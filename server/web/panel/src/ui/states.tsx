/** What stands where nothing is to be shown: yet, at all, or because something failed. */

import { Alert, Button, Center, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import type { CombinedError } from 'urql';
import { Link } from 'wouter';
import { useFailureText } from '~/client/action';
import { WIDTH } from './page';

/** A page's own place while its code or its first answer is on its way. */
export function PageLoading() {
  const t = useTranslations('common');
  return (
    <Stack gap="lg" maw={WIDTH} mx="auto" role="status" aria-label={t('loading')}>
      <Skeleton height={28} width={220} />
      <Skeleton height={120} />
      <Skeleton height={240} />
    </Stack>
  );
}

/** The lines of a list that is on its way. */
export function LinesLoading({ lines = 6 }: { lines?: number }) {
  const t = useTranslations('common');
  return (
    <Stack gap="xs" p="md" role="status" aria-label={t('loading')}>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={28} />
      ))}
    </Stack>
  );
}

interface QueryState<Data> {
  /** Null where the whole answer failed. */
  data?: Data | null;
  error?: CombinedError;
  fetching: boolean;
}

/** Show what a query answered; until then that it loads, and what failed with a way to try again. */
export function Loaded<Data, Part>({
  query,
  pick,
  retry,
  loading,
  missing,
  children,
}: {
  query: QueryState<Data>;
  /** What of the answer is shown; null or undefined where the server has no such thing. */
  pick: (data: Data) => Part | null | undefined;
  retry: () => void;
  loading?: ReactNode;
  missing?: ReactNode;
  children: (part: Part) => ReactNode;
}) {
  const part = query.data ? pick(query.data) : undefined;
  if (part !== undefined && part !== null) return <>{children(part)}</>;
  if (query.error) return <Failed error={query.error} retry={retry} />;
  if (query.fetching || !query.data) return <>{loading ?? <LinesLoading />}</>;
  return <>{missing ?? <NotFound />}</>;
}

export function Failed({ error, retry }: { error: CombinedError | undefined; retry: () => void }) {
  const t = useTranslations('common');
  const textOf = useFailureText();
  return (
    <Alert color="red" variant="outline" icon={<IconAlertTriangle />} title={t('failed')} m="md">
      <Stack gap="sm" align="flex-start">
        <Text>{textOf(error)}</Text>
        <Button variant="default" onClick={retry}>
          {t('tryAgain')}
        </Button>
      </Stack>
    </Alert>
  );
}

/** An empty list says what would stand in it, and how to get there. */
export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Center px="md" py={48}>
      <Stack align="center" gap="xs" maw={420}>
        <ThemeIcon size={44} radius="xl" variant="default" aria-hidden>
          {icon}
        </ThemeIcon>
        <Text fw={600} ta="center">
          {title}
        </Text>
        {children && (
          <Text c="dimmed" ta="center">
            {children}
          </Text>
        )}
        {action && <Group mt="xs">{action}</Group>}
      </Stack>
    </Center>
  );
}

export function NotFound() {
  const t = useTranslations('common');
  return (
    <Center py={80}>
      <Stack align="center" gap="xs">
        <Title order={1}>{t('notFound')}</Title>
        <Text c="dimmed">{t('notFoundWhy')}</Text>
        <Button component={Link} href="/" variant="default">
          {t('toStart')}
        </Button>
      </Stack>
    </Center>
  );
}

export function Unreachable() {
  const t = useTranslations('common');
  return (
    <Center mih="80vh">
      <Empty
        icon={<IconPlugConnectedX size={22} />}
        title={t('unreachable')}
        action={<Button onClick={() => window.location.reload()}>{t('tryAgain')}</Button>}
      />
    </Center>
  );
}
