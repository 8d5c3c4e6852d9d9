/** The API users of an account: who may send, with what credits, from where, and how it goes. */

import { Button } from '@mantine/core';
import { IconUserPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import type { AccountPageProps } from '~/pages/account/routes';
import { useAddress, usePlace } from '~/ui/address';
import { Page, Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { DataTable, Pager } from '~/ui/table';
import { BulkBar } from './bulk/bar';
import { useColumns } from './columns';
import { AddUserDialog } from './dialogs/add';
import { useUserDialogs } from './dialogs/dialogs';
import { UsersQuery } from './documents';
import { FILTERS, filterOf, isFiltered, orderOf, UserFilters } from './filters';
import { useToday } from './today';

export default function UsersPage({ account }: AccountPageProps) {
  const t = useTranslations('users');
  const [address, setAddress] = useAddress([...FILTERS, 'sort', 'direction', 'add']);
  const [place, go] = usePlace();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const today = useToday();
  const filter = filterOf(address);
  const orderBy = orderOf(address);
  const [query, again] = useQuery({ query: UsersQuery, variables: { account, filter, orderBy, ...today, ...place } });
  const dialogs = useUserDialogs(account);
  const columns = useColumns(account, dialogs.open);
  const add = () => setAddress({ add: '1' });
  const filtered = isFiltered(address);

  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <Button leftSection={<IconUserPlus size={16} />} onClick={add}>
          {t('add.open')}
        </Button>
      }
    >
      <Section flush>
        <UserFilters address={address} onChange={setAddress} />
        <Loaded query={query} retry={again} pick={({ users }) => users}>
          {({ nodes, pageInfo, totalCount }) => (
            <>
              <BulkBar
                account={account}
                filter={filter}
                chosen={chosen}
                onChoose={setChosen}
                shown={nodes.map(({ id }) => id)}
                total={totalCount}
              />
              <DataTable
                label={t('title')}
                columns={columns}
                rows={nodes}
                rowKey={({ id }) => id}
                rowLabel={({ login }) => login}
                sorting={orderBy}
                onSort={({ field, direction }) => setAddress({ sort: field, direction })}
                selected={chosen}
                onSelect={setChosen}
                empty={
                  filtered ? (
                    <Empty
                      icon={<IconUsers size={22} />}
                      title={t('noMatch')}
                      action={
                        <Button variant="default" onClick={() => setAddress(Object.fromEntries(FILTERS.map((name) => [name, null])))}>
                          {t('clearFilters')}
                        </Button>
                      }
                    />
                  ) : (
                    <Empty icon={<IconUsers size={22} />} title={t('empty')} action={<Button variant="default" onClick={add}>{t('add.open')}</Button>}>
                      {t('emptyWhy')}
                    </Empty>
                  )
                }
              />
              <Pager total={totalCount} pageInfo={pageInfo} onPage={go} busy={query.fetching} />
            </>
          )}
        </Loaded>
      </Section>
      {dialogs.shown}
      {address.add && <AddUserDialog account={account} onClose={() => setAddress({ add: null })} />}
    </Page>
  );
}
