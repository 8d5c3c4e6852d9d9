/** Every callback of an account and its users, and what came of it. */

import { Anchor, Button, Select, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconRotate, IconWebhook } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useCallbackPolling } from '~/client/polling';
import type { AccountPageProps } from '~/pages/account/routes';
import { accountPath } from '~/paths';
import { useAddress, usePlace } from '~/ui/address';
import type { CallbackState } from '~/ui/callbacks';
import { FilterBar, TimeFilter, UserFilter } from '~/ui/filters';
import { Page, Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { DataTable, Pager } from '~/ui/table';
import { useColumns } from './columns';
import { CallbackDrawer } from './drawer';
import { type CallbackFilter, CallbacksQuery } from './documents';
import { ReplayDialog } from './replay-dialog';

const STATES: CallbackState[] = ['WAITING', 'DELIVERED', 'FAILED', 'CANCELLED'];
const FILTERS = ['state', 'login', 'from', 'to'] as const;
const NOTHING = { state: '', login: '', from: '', to: '' };

export default function CallbacksPage({ account }: AccountPageProps) {
  const t = useTranslations('callbacks');
  const common = useTranslations('common');
  const [filters, setFilters] = useAddress(FILTERS);
  const [shown, show] = useShown();
  const [place, go] = usePlace();
  const filter = useMemo<CallbackFilter>(
    () => ({
      state: STATES.find((state) => state === filters.state) ?? null,
      login: filters.login || null,
      createdAfter: filters.from || null,
      createdBefore: filters.to || null,
    }),
    [filters],
  );
  const [query, ask] = useQuery({ query: CallbacksQuery, variables: { account, filter, ...place } });
  const again = () => ask({ requestPolicy: 'network-only' });
  const rows = query.data?.account?.callbackDeliveries.nodes ?? [];
  useCallbackPolling(rows, again);
  const [replaying, { open, close }] = useDisclosure();
  const columns = useColumns(account, show, again);
  const active = FILTERS.filter((name) => filters[name]).length;
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <Button variant="default" leftSection={<IconRotate size={16} />} onClick={open}>
          {t('replaySpan')}
        </Button>
      }
    >
      <Section flush>
        <FilterBar active={active} onClear={() => setFilters(NOTHING)}>
          <Select
            size="xs"
            label={t('stateLabel')}
            placeholder={common('all')}
            data={STATES.map((state) => ({ value: state, label: t(`state.${state}`) }))}
            value={filters.state || null}
            onChange={(state) => setFilters({ state })}
            clearable
            clearButtonProps={{ 'aria-label': common('clear') }}
          />
          <UserFilter account={account} value={filters.login} onChange={(login) => setFilters({ login })} />
          <TimeFilter label={common('from')} value={filters.from} onChange={(from) => setFilters({ from })} />
          <TimeFilter label={common('to')} value={filters.to} onChange={(to) => setFilters({ to })} />
        </FilterBar>
        <Loaded query={query} retry={again} pick={(data) => data.account?.callbackDeliveries}>
          {({ nodes, pageInfo, totalCount }) => (
            <>
              <DataTable
                label={t('title')}
                columns={columns}
                rows={nodes}
                rowKey={({ id }) => id}
                empty={<NoCallbacks account={account} filtered={active > 0} />}
              />
              <Pager total={totalCount} pageInfo={pageInfo} onPage={go} busy={query.fetching} />
            </>
          )}
        </Loaded>
      </Section>
      <CallbackDrawer account={account} id={shown} onClose={() => show('')} onReplayed={again} />
      {replaying && <ReplayDialog account={account} filters={filters} onClose={close} onReplayed={again} />}
    </Page>
  );
}

/** The callback whose tries are shown, kept in the address beside the place in the list. */
function useShown() {
  const [{ callback }, set] = useAddress(['callback'], { keepsPlace: true });
  return [callback, (id: string) => set({ callback: id })] as const;
}

function NoCallbacks({ account, filtered }: { account: string; filtered: boolean }) {
  const t = useTranslations('callbacks');
  if (filtered) {
    return <Empty icon={<IconWebhook size={22} />} title={t('noneFound')} />;
  }
  return (
    <Empty
      icon={<IconWebhook size={22} />}
      title={t('empty')}
      action={
        <Text>
          <Anchor component={Link} href={accountPath(account, 'users')} underline="always">
            {t('setForUser')}
          </Anchor>
          {' · '}
          <Anchor component={Link} href={accountPath(account, 'settings')} underline="always">
            {t('setForAccount')}
          </Anchor>
        </Text>
      }
    >
      {t('emptyWhy')}
    </Empty>
  );
}
