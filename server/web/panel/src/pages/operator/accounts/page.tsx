/** All accounts of this server. */

import { Anchor, Button, Menu, Text } from '@mantine/core';
import { IconBuilding, IconCoins, IconMinus, IconPlayerPause, IconPlayerPlay, IconPlus } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { accountPath, operatorPath } from '~/paths';
import { useAddress, usePlace } from '~/ui/address';
import { Choice, SearchBar } from '~/ui/filters';
import { Page, Section } from '~/ui/page';
import { RowMenu } from '~/ui/row-menu';
import { SearchInput } from '~/ui/search';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager, type Sorting } from '~/ui/table';
import { Ago, Credits, State } from '~/ui/values';
import { CreateDialog } from './create';
import { type OpenDialog, useAccountDialogs } from './dialogs';
import { type Account, AccountsQuery } from './documents';

const STATUSES = ['ENABLED', 'DISABLED'] as const satisfies readonly Account['status'][];
const ORDERS = ['NAME', 'CREDITS_LEFT', 'CREATED_AT'] as const;

type Order = (typeof ORDERS)[number];

export default function OperatorAccountsPage() {
  const t = useTranslations('operator.accounts');
  const [address, setAddress] = useAddress(['search', 'status', 'sort', 'direction', 'add']);
  const [place, go] = usePlace();
  const status = STATUSES.find((known) => known === address.status);
  const sorting: Sorting<Order> = {
    field: ORDERS.find((known) => known === address.sort) ?? 'NAME',
    direction: address.direction === 'DESC' ? 'DESC' : 'ASC',
  };
  const filter = { search: address.search || null, status: status ?? null };
  const [query, again] = useQuery({ query: AccountsQuery, variables: { filter, orderBy: sorting, ...place } });
  const { open, shown } = useAccountDialogs();
  const columns = useColumns(open);
  const narrowed = address.search !== '' || status !== undefined;
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAddress({ add: '1' })}>
      {t('create')}
    </Button>
  );
  return (
    <Page title={t('title')} description={t('description')} actions={create}>
      <Section flush>
        <SearchBar>
          <SearchInput label={t('search')} value={address.search} onChange={(search) => setAddress({ search })} />
          <Choice
            label={t('status')}
            any={t('anyStatus')}
            values={STATUSES.map((value) => ({ value, label: t(`statuses.${value}`) }))}
            value={status}
            onChange={(status) => setAddress({ status })}
          />
        </SearchBar>
        <Loaded query={query} retry={again} pick={({ accounts }) => accounts}>
          {({ nodes, pageInfo, totalCount }) => (
            <>
              <DataTable
                label={t('title')}
                columns={columns}
                rows={nodes}
                rowKey={({ id }) => id}
                sorting={sorting}
                onSort={({ field, direction }) => setAddress({ sort: field, direction })}
                empty={
                  <Empty
                    icon={<IconBuilding size={22} />}
                    title={t(narrowed ? 'nothingFound' : 'empty')}
                    action={narrowed ? undefined : create}
                  >
                    {t(narrowed ? 'nothingFoundWhy' : 'emptyWhy')}
                  </Empty>
                }
              />
              <Pager total={totalCount} pageInfo={pageInfo} onPage={go} busy={query.fetching} />
            </>
          )}
        </Loaded>
      </Section>
      {address.add && <CreateDialog onClose={() => setAddress({ add: null })} />}
      {shown}
    </Page>
  );
}

function useColumns(open: OpenDialog): Column<Account, Order>[] {
  const t = useTranslations('operator.accounts');
  return [
    {
      key: 'name',
      header: t('account'),
      order: 'NAME',
      render: ({ name, description }) => (
        <div>
          <Anchor component={Link} href={accountPath(name)} fw={600}>
            {name}
          </Anchor>
          {description && (
            <Text size="xs" c="dimmed">
              {description}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'holder',
      header: t('holder'),
      render: ({ holder: { name, email } }) => (
        <div>
          <Anchor component={Link} href={`${operatorPath('holders')}?${new URLSearchParams({ search: email })}`} size="sm">
            {name}
          </Anchor>
          <Text size="xs" c="dimmed">
            {email}
          </Text>
        </div>
      ),
    },
    {
      key: 'status',
      header: t('status'),
      render: ({ status }) => <State tone={status === 'ENABLED' ? 'good' : 'idle'}>{t(`statuses.${status}`)}</State>,
    },
    {
      key: 'left',
      header: t('creditsLeft'),
      end: true,
      order: 'CREDITS_LEFT',
      render: ({ creditsLeft }) => <Credits value={creditsLeft} />,
    },
    {
      key: 'held',
      header: t('held'),
      end: true,
      render: ({ creditsHeldByQuota }) => <Credits value={creditsHeldByQuota} />,
    },
    { key: 'created', header: t('since'), order: 'CREATED_AT', render: ({ createdAt }) => <Ago time={createdAt} /> },
    { key: 'actions', header: '', end: true, render: (account) => <AccountMenu account={account} open={open} /> },
  ];
}

function AccountMenu({ account, open }: { account: Account; open: OpenDialog }) {
  const t = useTranslations('operator.accounts');
  const enabled = account.status === 'ENABLED';
  return (
    <RowMenu row={account.name}>
      <Menu.Item leftSection={<IconCoins size={15} />} onClick={() => open('grant', account)}>
        {t('grant')}
      </Menu.Item>
      <Menu.Item leftSection={<IconMinus size={15} />} onClick={() => open('correct', account)}>
        {t('correct')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        color={enabled ? 'red' : undefined}
        leftSection={enabled ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />}
        onClick={() => open('status', account)}
      >
        {t(enabled ? 'disable' : 'enable')}
      </Menu.Item>
    </RowMenu>
  );
}
