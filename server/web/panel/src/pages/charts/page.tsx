/** What an account sent, over time and by user, and how it arrived; each chart is also a table. */

import { Grid, SegmentedControl } from '@mantine/core';
import { IconChartBar } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import type { AccountPageProps } from '~/pages/account/routes';
import { startOfDay, startOfHour, startOfMonth, useNow, ZONE } from '~/time';
import { useAddress } from '~/ui/address';
import { type ChartData, ChartSection } from '~/ui/chart';
import { Page } from '~/ui/page';
import { Empty, Loaded, PageLoading } from '~/ui/states';
import { useCredits, useMessages, usePtts, useRate, useTimes, useUserCredits, useUsers } from './data';
import { type Charts, ChartsQuery, type Interval } from './queries';

const REFRESH_SECONDS = 60;
const USUAL = '30';

/** How far back each choice goes, and in which steps. */
const SPANS: Record<string, { by: Interval; from: (now: Date) => Date }> = {
  '1': { by: 'HOUR', from: (now) => startOfHour(23, now) },
  '7': { by: 'DAY', from: (now) => startOfDay(6, now) },
  '30': { by: 'DAY', from: (now) => startOfDay(29, now) },
  '90': { by: 'DAY', from: (now) => startOfDay(89, now) },
  '365': { by: 'MONTH', from: (now) => startOfMonth(11, now) },
};

export default function ChartsPage({ account }: AccountPageProps) {
  const t = useTranslations('charts');
  const now = useNow(REFRESH_SECONDS);
  const [{ days }, setAddress] = useAddress(['days']);
  const chosen = days in SPANS ? days : USUAL;
  const { by, from } = SPANS[chosen] ?? { by: 'DAY', from: startOfMonth.bind(null, 1) };
  const [query, again] = useQuery({
    query: ChartsQuery,
    variables: { account, from: from(now).toISOString(), to: now.toISOString(), by, timeZone: ZONE },
  });
  return (
    <Page
      title={t('title')}
      description={t('description', { zone: ZONE })}
      actions={
        <SegmentedControl
          size="xs"
          maw="100%"
          styles={{ root: { flexWrap: 'wrap' } }}
          aria-label={t('span')}
          value={chosen}
          onChange={(value) => setAddress({ days: value })}
          data={Object.keys(SPANS).map((value) => ({ value, label: t(`spans.${value as '1'}`) }))}
        />
      }
    >
      <Loaded query={query} retry={again} pick={({ account }) => account} loading={<PageLoading />}>
        {(charts) => <AllCharts charts={charts} by={by} />}
      </Loaded>
    </Page>
  );
}

function AllCharts({ charts, by }: { charts: Charts; by: Interval }) {
  const messages = useMessages(charts, by);
  const credits = useCredits(charts, by);
  const rate = useRate(charts, by);
  const times = useTimes(charts, by);
  const users = useUsers(charts);
  const userCredits = useUserCredits(charts);
  const ptts = usePtts(charts);
  return (
    <Grid gap="md">
      <Cell name="messages" data={messages} wide />
      <Cell name="credits" data={credits} />
      <Cell name="rate" data={rate} />
      <Cell name="times" data={times} />
      <Cell name="ptts" data={ptts} />
      <Cell name="users" data={users} />
      <Cell name="userCredits" data={userCredits} />
    </Grid>
  );
}

type Name = 'messages' | 'credits' | 'rate' | 'times' | 'ptts' | 'users' | 'userCredits';

function Cell({ name, data, wide = false }: { name: Name; data: ChartData; wide?: boolean }) {
  const t = useTranslations('charts');
  return (
    <Grid.Col span={{ base: 12, lg: wide ? 12 : 6 }}>
      <ChartSection
        title={t(`titles.${name}`)}
        description={t(`descriptions.${name}`)}
        data={data}
        empty={
          <Empty icon={<IconChartBar size={22} />} title={t('nothing')}>
            {t('nothingWhy')}
          </Empty>
        }
      />
    </Grid.Col>
  );
}
