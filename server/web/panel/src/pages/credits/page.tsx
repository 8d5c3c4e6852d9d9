/** The account's ledger: every movement of its credits, and the proof that they add up. */

import { Button, Select } from '@mantine/core';
import { IconArrowsExchange, IconCoins, IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useFollowing } from '~/client/follow';
import { useFormats } from '~/i18n/formats';
import type { AccountPageProps } from '~/pages/account/routes';
import { useAddress, usePlace } from '~/ui/address';
import { FilterBar, TimeFilter, UserFilter } from '~/ui/filters';
import { Page, Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { DataTable, Pager } from '~/ui/table';
import { Tiles } from '~/ui/tiles';
import { Credits } from '~/ui/values';
import { BalancesQuery, type EntryKind, type LedgerAccount, LedgerChanges, LedgerQuery } from './documents';
import { useEntryColumns } from './entries';
import { KINDS, useLedgerFilter } from './filter';
import { Proof } from './proof';
import { TransferDialog } from './transfer';

export default function CreditsPage({ account }: AccountPageProps) {
  const t = useTranslations('credits');
  const [address, setAddress] = useAddress(['direction']);
  const [place, go] = usePlace();
  const { filter, active } = useLedgerFilter();
  const direction = address.direction === 'ASC' ? 'ASC' : 'DESC';
  const [query, again] = useQuery({ query: LedgerQuery, variables: { account, filter, direction, ...place } });
  const [proving, setProving] = useState(false);
  const [transferring, setTransferring] = useState(false);
  const columns = useEntryColumns(account);
  useFollowing(LedgerChanges, { account }, again);
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <>
          <Button variant="default" leftSection={<IconShieldCheck size={16} />} onClick={() => setProving(true)}>
            {t('prove')}
          </Button>
          <Button leftSection={<IconArrowsExchange size={16} />} onClick={() => setTransferring(true)}>
            {t('transfer')}
          </Button>
        </>
      }
    >
      <Loaded query={query} retry={again} pick={(data) => data.account}>
        {(ledger) => (
          <>
            <Balances ledger={ledger} />
            {proving && <Proof account={account} onClose={() => setProving(false)} />}
            <Section flush title={t('ledger')} description={t('ledgerWhy')}>
              <LedgerFilters account={account} active={active} />
              <DataTable
                label={t('ledger')}
                columns={columns}
                rows={ledger.creditEntries.nodes}
                rowKey={({ id }) => id}
                sorting={{ field: 'TIME', direction }}
                onSort={(sorting) => setAddress({ direction: sorting.direction === 'ASC' ? 'ASC' : null })}
                empty={
                  <Empty icon={<IconCoins size={22} />} title={t(active > 0 ? 'nothingFound' : 'empty')}>
                    {t(active > 0 ? 'nothingFoundWhy' : 'emptyWhy')}
                  </Empty>
                }
              />
              <Pager
                total={ledger.creditEntries.totalCount}
                pageInfo={ledger.creditEntries.pageInfo}
                onPage={go}
                busy={query.fetching}
              />
            </Section>
            {transferring && <TransferDialog source={ledger} onClose={() => setTransferring(false)} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** What is there now, and where a period is set, at its ends. */
function Balances({ ledger }: { ledger: LedgerAccount }) {
  const t = useTranslations('credits');
  const formats = useFormats();
  const { address } = useLedgerFilter();
  const [hasFrom, hasTo] = [address.from !== '', address.to !== ''];
  const [{ data }] = useQuery({
    query: BalancesQuery,
    variables: {
      account: ledger.name,
      from: hasFrom ? justBefore(address.from) : NO_TIME,
      to: hasTo ? justBefore(address.to) : NO_TIME,
      hasFrom,
      hasTo,
    },
    pause: !hasFrom && !hasTo,
  });
  const { creditsLeft, creditsHeldByQuota, userQuantityWithQuota } = ledger;
  const held = { label: t('held'), value: <Credits value={creditsHeldByQuota} /> };
  return (
    <Tiles
      tiles={[
        { label: t('left'), value: <Credits value={creditsLeft} />, hint: t('leftWhy') },
        { ...held, hint: t('heldWhy', { count: userQuantityWithQuota }) },
        ...(hasFrom
          ? [{ label: t('atFrom'), value: <Credits value={data?.account?.atFrom} />, hint: formats.time(address.from) }]
          : []),
        ...(hasTo
          ? [{ label: t('atTo'), value: <Credits value={data?.account?.atTo} />, hint: formats.time(address.to) }]
          : []),
      ]}
    />
  );
}

const NO_TIME = '2000-01-01T00:00:00Z';

/** What happened in the very moment counts into the period that begins with it. */
function justBefore(time: string): string {
  return new Date(Date.parse(time) - 1).toISOString().replace('Z', '999Z');
}

function LedgerFilters({ account, active }: { account: string; active: number }) {
  const t = useTranslations('credits');
  const common = useTranslations('common');
  const { address, set, clear } = useLedgerFilter();
  return (
    <FilterBar active={active} onClear={clear}>
      <Select
        size="xs"
        label={t('kindLabel')}
        placeholder={common('all')}
        clearable
        clearButtonProps={{ 'aria-label': common('clear') }}
        data={KINDS.map((value: EntryKind) => ({ value, label: t(`kind.${value}`) }))}
        value={address.kind || null}
        onChange={(kind) => set({ kind })}
      />
      <UserFilter account={account} value={address.login} onChange={(login) => set({ login })} />
      <TimeFilter label={common('from')} value={address.from} onChange={(from) => set({ from })} />
      <TimeFilter label={common('to')} value={address.to} onChange={(to) => set({ to })} />
    </FilterBar>
  );
}
