/** Who signs in with an e-mail address: the holders of accounts, and the people who run this server. */

import { Button, Menu, Text } from '@mantine/core';
import { IconKey, IconLogout, IconPlayerPause, IconPlayerPlay, IconPlus, IconUserStar } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAddress, usePlace } from '~/ui/address';
import { Choice, SearchBar } from '~/ui/filters';
import { Page, Section } from '~/ui/page';
import { RowMenu } from '~/ui/row-menu';
import { SearchInput } from '~/ui/search';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager, type Sorting } from '~/ui/table';
import { Ago, State } from '~/ui/values';
import { CreateDialog } from './create';
import { type OpenDialog, useHolderDialogs } from './dialogs';
import { type Holder, HoldersQuery } from './documents';

const ROLES = ['holder', 'operator'] as const;
const ORDERS = ['EMAIL', 'CREATED_AT'] as const;

type Order = (typeof ORDERS)[number];

export default function HoldersPage() {
  const t = useTranslations('operator.holders');
  const [address, setAddress] = useAddress(['search', 'role', 'sort', 'direction', 'add']);
  const [place, go] = usePlace();
  const role = ROLES.find((known) => known === address.role);
  const sorting: Sorting<Order> = {
    field: ORDERS.find((known) => known === address.sort) ?? 'EMAIL',
    direction: address.direction === 'DESC' ? 'DESC' : 'ASC',
  };
  const filter = { search: address.search || null, isOperator: role ? role === 'operator' : null };
  const [query, again] = useQuery({ query: HoldersQuery, variables: { filter, orderBy: sorting, ...place } });
  const { open, shown } = useHolderDialogs();
  const columns = useColumns(open);
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAddress({ add: '1' })}>
          {t('create')}
        </Button>
      }
    >
      <Section flush>
        <SearchBar>
          <SearchInput label={t('search')} value={address.search} onChange={(search) => setAddress({ search })} />
          <Choice
            label={t('role')}
            any={t('anyRole')}
            values={ROLES.map((value) => ({ value, label: t(`roles.${value}`) }))}
            value={role}
            onChange={(role) => setAddress({ role })}
          />
        </SearchBar>
        <Loaded query={query} retry={again} pick={({ holders }) => holders}>
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
                  <Empty icon={<IconUserStar size={22} />} title={t('nothingFound')}>
                    {t('nothingFoundWhy')}
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

function useColumns(open: OpenDialog): Column<Holder, Order>[] {
  const t = useTranslations('operator.holders');
  return [
    {
      key: 'email',
      header: t('email'),
      order: 'EMAIL',
      render: ({ name, email }) => (
        <div>
          <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            {email}
          </Text>
          <Text size="xs" c="dimmed">
            {name}
          </Text>
        </div>
      ),
    },
    { key: 'role', header: t('role'), render: ({ isOperator }) => t(`roles.${isOperator ? 'operator' : 'holder'}`) },
    {
      key: 'enabled',
      header: t('signIn'),
      render: ({ enabled }) => <State tone={enabled ? 'good' : 'idle'}>{t(enabled ? 'maySignIn' : 'mayNot')}</State>,
    },
    { key: 'created', header: t('since'), order: 'CREATED_AT', render: ({ createdAt }) => <Ago time={createdAt} /> },
    { key: 'actions', header: '', end: true, render: (holder) => <HolderMenu holder={holder} open={open} /> },
  ];
}

function HolderMenu({ holder, open }: { holder: Holder; open: OpenDialog }) {
  const t = useTranslations('operator.holders');
  return (
    <RowMenu row={holder.email}>
      <Menu.Item leftSection={<IconKey size={15} />} onClick={() => open('reset', holder)}>
        {t('reset')}
      </Menu.Item>
      <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => open('sessions', holder)}>
        {t('sessions')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item
        color={holder.enabled ? 'red' : undefined}
        leftSection={holder.enabled ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />}
        onClick={() => open('enabled', holder)}
      >
        {t(holder.enabled ? 'disable' : 'enable')}
      </Menu.Item>
    </RowMenu>
  );
}
