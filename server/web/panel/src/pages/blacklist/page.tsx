/** The numbers that an account does not send to. */

import { Button, Menu } from '@mantine/core';
import { IconBan, IconInbox, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import type { AccountPageProps } from '~/pages/account/routes';
import { accountPath } from '~/paths';
import { useAddress, usePlace } from '~/ui/address';
import { SearchBar } from '~/ui/filters';
import { Page, Section } from '~/ui/page';
import { RowMenu } from '~/ui/row-menu';
import { SearchInput } from '~/ui/search';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Time } from '~/ui/values';
import { AddDialog, RemoveDialog } from './dialogs';
import { BlacklistQuery, type Entry } from './documents';

export default function BlacklistPage({ account }: AccountPageProps) {
  const t = useTranslations('blacklist');
  const [address, setAddress] = useAddress(['search', 'add']);
  const [place, go] = usePlace();
  const filter = address.search ? { search: address.search } : null;
  const [query, again] = useQuery({ query: BlacklistQuery, variables: { account, filter, ...place } });
  const [removed, setRemoved] = useState<Entry>();
  const columns = useColumns(account, setRemoved);
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAddress({ add: '+' })}>
      {t('add')}
    </Button>
  );
  return (
    <Page title={t('title')} description={t('description')} actions={add}>
      <Section flush>
        <SearchBar>
          <SearchInput label={t('search')} value={address.search} onChange={(search) => setAddress({ search })} />
        </SearchBar>
        <Loaded query={query} retry={again} pick={(data) => data.account}>
          {({ blacklist }) => (
            <>
              <DataTable
                label={t('title')}
                columns={columns}
                rows={blacklist.nodes}
                rowKey={({ id }) => id}
                empty={
                  <Empty icon={<IconBan size={22} />} title={t(address.search ? 'nothingFound' : 'empty')}>
                    {t(address.search ? 'nothingFoundWhy' : 'emptyWhy')}
                  </Empty>
                }
              />
              <Pager total={blacklist.totalCount} pageInfo={blacklist.pageInfo} onPage={go} busy={query.fetching} />
            </>
          )}
        </Loaded>
      </Section>
      {address.add && (
        <AddDialog account={account} number={address.add} onClose={() => setAddress({ add: null })} />
      )}
      {removed && <RemoveDialog account={account} entry={removed} onClose={() => setRemoved(undefined)} />}
    </Page>
  );
}

function useColumns(account: string, onRemove: (entry: Entry) => void): Column<Entry>[] {
  const t = useTranslations('blacklist');
  return [
    { key: 'number', header: t('number'), render: ({ address }) => <span className="numbers">{address}</span> },
    { key: 'since', header: t('since'), render: ({ since }) => <Time time={since} /> },
    {
      key: 'actions',
      header: '',
      end: true,
      render: (entry) => (
        <RowMenu row={entry.address}>
          {entry.number && (
            <Menu.Item
              component={Link}
              href={accountPath(account, 'incoming', { sender: entry.number })}
              leftSection={<IconInbox size={15} />}
            >
              {t('whatItWrote')}
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => onRemove(entry)}>
            {t('remove')}
          </Menu.Item>
        </RowMenu>
      ),
    },
  ];
}
