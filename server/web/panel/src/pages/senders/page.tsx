/** The senders of an account: what receivers see, and whether it may be used. */

import { Button, Menu, Text } from '@mantine/core';
import { IconPlus, IconSignature, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import type { AccountPageProps } from '~/pages/account/routes';
import { useAddress, usePlace } from '~/ui/address';
import { Choice, SearchBar } from '~/ui/filters';
import { Page, Section } from '~/ui/page';
import { RowMenu } from '~/ui/row-menu';
import { SearchInput } from '~/ui/search';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Ago, State, type Tone } from '~/ui/values';
import { DeclareDialog, DeleteDialog } from './dialogs';
import { type Sender, SendersQuery } from './documents';

const TONES = { WAITING: 'warn', ENABLED: 'good', REFUSED: 'bad', DISABLED: 'idle' } as const satisfies Record<
  Sender['status'],
  Tone
>;
const STATUSES = Object.keys(TONES) as Sender['status'][];

export default function SendersPage({ account }: AccountPageProps) {
  const t = useTranslations('senders');
  const [address, setAddress] = useAddress(['search', 'status', 'add']);
  const [place, go] = usePlace();
  const status = STATUSES.find((known) => known === address.status);
  const filter = { search: address.search || null, status: status ?? null };
  const [query, again] = useQuery({ query: SendersQuery, variables: { account, filter, ...place } });
  const [deleted, setDeleted] = useState<Sender>();
  const columns = useColumns(setDeleted);
  const narrowed = address.search !== '' || status !== undefined;
  const declare = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAddress({ add: '1' })}>
      {t('declare')}
    </Button>
  );
  return (
    <Page title={t('title')} description={t('description')} actions={declare}>
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
        <Loaded query={query} retry={again} pick={(data) => data.account}>
          {({ senders }) => (
            <>
              <DataTable
                label={t('title')}
                columns={columns}
                rows={senders.nodes}
                rowKey={({ id }) => id}
                empty={
                  narrowed ? (
                    <Empty icon={<IconSignature size={22} />} title={t('nothingFound')}>
                      {t('nothingFoundWhy')}
                    </Empty>
                  ) : (
                    <Empty icon={<IconSignature size={22} />} title={t('empty')} action={declare}>
                      {t('emptyWhy')}
                    </Empty>
                  )
                }
              />
              <Pager total={senders.totalCount} pageInfo={senders.pageInfo} onPage={go} busy={query.fetching} />
            </>
          )}
        </Loaded>
      </Section>
      {address.add && <DeclareDialog account={account} onClose={() => setAddress({ add: null })} />}
      {deleted && <DeleteDialog account={account} sender={deleted} onClose={() => setDeleted(undefined)} />}
    </Page>
  );
}

function useColumns(onDelete: (sender: Sender) => void): Column<Sender>[] {
  const t = useTranslations('senders');
  const common = useTranslations('common');
  return [
    {
      key: 'name',
      header: t('name'),
      render: ({ name, kind }) => (
        <div>
          <Text size="sm" fw={600}>
            {name}
          </Text>
          <Text size="xs" c="dimmed">
            {t(`kinds.${kind}`)}
          </Text>
        </div>
      ),
    },
    {
      key: 'status',
      header: t('status'),
      render: ({ status, statusChangedAt }) => (
        <div>
          <State tone={TONES[status]}>{t(`statuses.${status}`)}</State>
          <Text size="xs" c="dimmed">
            <Ago time={statusChangedAt} />
          </Text>
        </div>
      ),
    },
    {
      key: 'comment',
      header: t('comment'),
      render: ({ comment }) => (
        <Text size="sm" c={comment ? undefined : 'dimmed'} maw={420}>
          {comment ?? common('none')}
        </Text>
      ),
    },
    { key: 'created', header: t('declared'), render: ({ createdAt }) => <Ago time={createdAt} /> },
    {
      key: 'actions',
      header: '',
      end: true,
      render: (sender) => (
        <RowMenu row={sender.name}>
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} onClick={() => onDelete(sender)}>
            {common('delete')}
          </Menu.Item>
        </RowMenu>
      ),
    },
  ];
}
