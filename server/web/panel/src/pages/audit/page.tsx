/** Who changed what in an account, with the values before and after. */

import { Select, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import type { AccountPageProps } from '~/pages/account/routes';
import { useAddress, usePlace } from '~/ui/address';
import { FilterBar, TextFilter, TimeFilter } from '~/ui/filters';
import { HeldRows, useHeld } from '~/ui/held';
import { Page, Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Causer, Time } from '~/ui/values';
import { type Action, ACTIONS } from './actions';
import { AuditQuery, type Entry } from './documents';
import { Changes } from './values';

const FILTERS = ['action', 'subject', 'by', 'from', 'to'] as const;
const NONE: readonly Entry[] = [];

export default function AuditPage({ account }: AccountPageProps) {
  const t = useTranslations('audit');
  const [address, setAddress] = useAddress([...FILTERS, 'direction']);
  const [place, go] = usePlace();
  const direction = address.direction === 'ASC' ? 'ASC' : 'DESC';
  const filter = {
    action: address.action || null,
    subject: address.subject || null,
    causedBy: causer(address.by),
    occurredAfter: address.from || null,
    occurredBefore: address.to || null,
  };
  const [query, again] = useQuery({ query: AuditQuery, variables: { account, filter, direction, ...place } });
  const rows = query.data?.account?.auditEntries.nodes ?? NONE;
  const held = useHeld(rows, JSON.stringify([filter, direction, place]), (seen) => seen);
  const columns = useColumns();
  const active = FILTERS.filter((name) => address[name] !== '').length;
  return (
    <Page title={t('title')} description={t('description')}>
      <Section flush>
        <AuditFilters active={active} />
        {direction === 'DESC' && <HeldRows held={held} label={t('new', { count: held.waiting })} />}
        <Loaded query={query} retry={again} pick={(data) => data.account}>
          {({ auditEntries: { totalCount, pageInfo } }) => (
            <>
              <DataTable
                label={t('title')}
                columns={columns}
                rows={held.rows}
                rowKey={({ id }) => id}
                sorting={{ field: 'TIME', direction }}
                onSort={(sorting) => setAddress({ direction: sorting.direction === 'ASC' ? 'ASC' : null })}
                empty={
                  <Empty icon={<IconHistory size={22} />} title={t(active > 0 ? 'nothingFound' : 'empty')}>
                    {t(active > 0 ? 'nothingFoundWhy' : 'emptyWhy')}
                  </Empty>
                }
              />
              <Pager total={totalCount} pageInfo={pageInfo} onPage={go} busy={query.fetching} />
            </>
          )}
        </Loaded>
      </Section>
    </Page>
  );
}

/** Return how the trail names whom the reader means: a login is that of an API user. */
function causer(typed: string): string | null {
  if (typed === '') return null;
  return typed.includes('@') || typed.startsWith('user:') || typed === 'server' ? typed : `user:${typed}`;
}

function AuditFilters({ active }: { active: number }) {
  const t = useTranslations('audit');
  const common = useTranslations('common');
  const [address, set] = useAddress(FILTERS);
  const actions = useMemo(
    () =>
      ACTIONS.map((value) => ({ value, label: t(`action.${value}`) })).sort((one, other) =>
        one.label.localeCompare(other.label),
      ),
    [t],
  );
  return (
    <FilterBar active={active} onClear={() => set({ action: null, subject: null, by: null, from: null, to: null })}>
      <Select
        size="xs"
        label={t('actionLabel')}
        placeholder={common('all')}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': common('clear') }}
        nothingFoundMessage={common('none')}
        data={actions}
        value={address.action || null}
        onChange={(action) => set({ action })}
        comboboxProps={{ width: 260, position: 'bottom-start' }}
      />
      <TextFilter
        label={t('subject')}
        placeholder={t('subjectHint')}
        value={address.subject}
        onChange={(subject) => set({ subject })}
      />
      <TextFilter label={t('by')} placeholder={t('byHint')} value={address.by} onChange={(by) => set({ by })} />
      <TimeFilter label={common('from')} value={address.from} onChange={(from) => set({ from })} />
      <TimeFilter label={common('to')} value={address.to} onChange={(to) => set({ to })} />
    </FilterBar>
  );
}

function useColumns(): Column<Entry, 'TIME'>[] {
  const t = useTranslations('audit');
  const common = useTranslations('common');
  const isKnown = (action: string): action is Action => (ACTIONS as readonly string[]).includes(action);
  return [
    { key: 'time', header: common('time'), order: 'TIME', render: ({ occurredAt }) => <Time time={occurredAt} /> },
    {
      key: 'action',
      header: t('actionLabel'),
      render: ({ action, subject }) => (
        <div>
          <Text size="sm" fw={500}>
            {isKnown(action) ? t(`action.${action}`) : action}
          </Text>
          <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            {subject}
          </Text>
        </div>
      ),
    },
    { key: 'by', header: t('by'), render: ({ causedBy }) => <Causer name={causedBy} /> },
    { key: 'changes', header: t('changes'), render: ({ changes }) => <Changes changes={changes} /> },
  ];
}
