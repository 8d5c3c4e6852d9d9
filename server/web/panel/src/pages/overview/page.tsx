/** One account at a glance: what is left, what was spent, what arrives, and what asks for attention. */

import { Alert, Anchor, Button, Grid, Group, Stack, Text } from '@mantine/core';
import { IconBell, IconChartBar, IconMessages, IconSend } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useFormats } from '~/i18n/formats';
import type { AccountPageProps } from '~/pages/account/routes';
import { accountPath, messagePath, userPath } from '~/paths';
import { startOfDay, useNow, ZONE } from '~/time';
import { type ChartData, ChartSection } from '~/ui/chart';
import { Page, Section } from '~/ui/page';
import { Empty, Loaded, PageLoading } from '~/ui/states';
import { DataTable } from '~/ui/table';
import { type Tile, Tiles } from '~/ui/tiles';
import { Ago, Credits, Status } from '~/ui/values';
import { messagesOf, rateOf, spentOn } from './figures';
import { FirstSteps } from './first-steps';
import { type Overview, OverviewQuery } from './queries';

const DAYS = 30;
const WEEK = 7;
const REFRESH_SECONDS = 30;

export default function OverviewPage({ account }: AccountPageProps) {
  const now = useNow(REFRESH_SECONDS);
  const [query, again] = useQuery({
    query: OverviewQuery,
    variables: { account, from: startOfDay(DAYS - 1, now).toISOString(), to: now.toISOString(), timeZone: ZONE },
  });
  return (
    <Loaded query={query} retry={again} pick={({ account }) => account} loading={<PageLoading />}>
      {(overview) => <OverviewOf overview={overview} />}
    </Loaded>
  );
}

function OverviewOf({ overview }: { overview: Overview }) {
  const t = useTranslations('overview');
  const { name, description, status } = overview;
  return (
    <Page
      title={name}
      description={description}
      actions={
        <Button component={Link} href={accountPath(name, 'send')} leftSection={<IconSend size={16} />}>
          {t('send')}
        </Button>
      }
    >
      {status === 'DISABLED' && (
        <Alert color="orange" variant="outline">
          {t('disabled')}
        </Alert>
      )}
      <FirstSteps overview={overview} />
      <Tiles tiles={useTiles(overview)} />
      <ChartSection
        title={t('spending')}
        description={t('spendingWhy', { days: DAYS })}
        data={useSpending(overview)}
        empty={
          <Empty icon={<IconChartBar size={22} />} title={t('nothingSpent')}>
            {t('nothingSpentWhy')}
          </Empty>
        }
      />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Latest overview={overview} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Alerts overview={overview} />
        </Grid.Col>
      </Grid>
    </Page>
  );
}

function useTiles({ creditsLeft, creditsHeldByQuota, userQuantityWithQuota, limit, statistics }: Overview): Tile[] {
  const t = useTranslations('overview');
  const formats = useFormats();
  const today = statistics.slice(-1);
  const rateToday = rateOf(today);
  const rateOfWeek = rateOf(statistics.slice(-WEEK - 1, -1));
  return [
    {
      label: t('creditsLeft'),
      value: formats.credits(creditsLeft),
      hint: limit.enabled && limit.threshold ? t('limitAt', { threshold: formats.credits(limit.threshold) }) : t('noLimit'),
    },
    {
      label: t('held'),
      value: formats.credits(creditsHeldByQuota),
      hint: t('heldBy', { count: userQuantityWithQuota }),
    },
    {
      label: t('today'),
      value: formats.count(messagesOf(today)),
      hint: t('spentToday', { credits: Number(spentOn(today)) }),
    },
    {
      label: t('rate'),
      value: formats.share(rateToday.delivered, rateToday.ended),
      hint:
        rateOfWeek.ended > 0
          ? t('rateOfWeek', { share: formats.share(rateOfWeek.delivered, rateOfWeek.ended) })
          : t('noRateOfWeek'),
    },
  ];
}

function useSpending({ statistics }: Overview): ChartData {
  const t = useTranslations('overview');
  const formats = useFormats();
  return {
    kind: 'bars',
    axis: t('day'),
    series: [{ key: 'spent', label: t('spentLabel'), tone: 'busy' }],
    points: statistics.map((day) => ({
      key: day.start,
      label: formats.shortDay(day.start),
      values: { spent: Math.round(spentOn([day]) * 1_000) / 1_000 },
    })),
    format: formats.credits,
  };
}

function Latest({ overview: { name, messages } }: { overview: Overview }) {
  const t = useTranslations('overview');
  return (
    <Section
      flush
      title={t('latest')}
      actions={
        <Anchor component={Link} href={accountPath(name, 'messages')} size="sm">
          {t('allMessages')}
        </Anchor>
      }
    >
      <DataTable
        label={t('latest')}
        rows={messages.nodes}
        rowKey={({ id }) => id}
        columns={[
          {
            key: 'receiver',
            header: t('receiver'),
            render: ({ id, receiver, body }) => (
              <div style={{ minWidth: 0 }}>
                <Anchor component={Link} href={messagePath(name, id)} fw={550}>
                  {receiver}
                </Anchor>
                <Text size="xs" c="dimmed" lineClamp={1} maw={320}>
                  {body}
                </Text>
              </div>
            ),
          },
          { key: 'user', header: t('user'), render: ({ userLogin }) => userLogin ?? t('holder') },
          { key: 'status', header: t('status'), render: ({ status }) => <Status status={status} /> },
          { key: 'at', header: t('accepted'), end: true, render: ({ createdAt }) => <Ago time={createdAt} /> },
        ]}
        empty={
          <Empty
            icon={<IconMessages size={22} />}
            title={t('noMessages')}
            action={
              <Button component={Link} href={accountPath(name, 'send')} variant="default">
                {t('send')}
              </Button>
            }
          >
            {t('noMessagesWhy')}
          </Empty>
        }
      />
    </Section>
  );
}

function Alerts({ overview: { name, limitAlerts } }: { overview: Overview }) {
  const t = useTranslations('overview');
  return (
    <Section
      title={t('alerts')}
      actions={
        <Anchor component={Link} href={accountPath(name, 'alerts')} size="sm">
          {t('allAlerts')}
        </Anchor>
      }
    >
      {limitAlerts.nodes.length === 0 ? (
        <Empty icon={<IconBell size={22} />} title={t('noAlerts')}>
          {t('noAlertsWhy')}
        </Empty>
      ) : (
        <Stack gap="sm">
          {limitAlerts.nodes.map(({ id, userLogin, remaining, threshold, raisedAt }) => (
            <div key={id}>
              <Group justify="space-between" gap="xs" wrap="nowrap">
                {userLogin ? (
                  <Anchor component={Link} href={userPath(name, userLogin)} fw={550} size="sm">
                    {userLogin}
                  </Anchor>
                ) : (
                  <Text fw={550} size="sm">
                    {t('theAccount')}
                  </Text>
                )}
                <Text size="xs" c="dimmed">
                  <Ago time={raisedAt} />
                </Text>
              </Group>
              <Text size="sm" c="dimmed">
                {t.rich('alertText', {
                  remaining: () => <Credits value={remaining} />,
                  threshold: () => <Credits value={threshold} />,
                })}
              </Text>
            </div>
          ))}
        </Stack>
      )}
    </Section>
  );
}
