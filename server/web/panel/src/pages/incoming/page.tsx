/** What phones have sent to an account, as it arrives. */

import { Badge, Group, Menu, Select, Text } from '@mantine/core';
import { IconBan, IconHandStop, IconInbox } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useFollowing } from '~/client/follow';
import type { AccountPageProps } from '~/pages/account/routes';
import { accountPath } from '~/paths';
import { useAddress, usePlace } from '~/ui/address';
import { FilterBar, TextFilter, TimeFilter } from '~/ui/filters';
import { Page, Section } from '~/ui/page';
import { RowMenu } from '~/ui/row-menu';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Time } from '~/ui/values';
import { type Incoming, IncomingChanges, IncomingQuery } from './documents';

const FILTERS = ['sender', 'stop', 'from', 'to'] as const;

export default function IncomingPage({ account }: AccountPageProps) {
  const t = useTranslations('incoming');
  const common = useTranslations('common');
  const [address, setAddress] = useAddress([...FILTERS, 'direction']);
  const [place, go] = usePlace();
  const direction = address.direction === 'ASC' ? 'ASC' : 'DESC';
  const filter = {
    sender: address.sender || null,
    isStop: address.stop ? address.stop === 'yes' : null,
    receivedAfter: address.from || null,
    receivedBefore: address.to || null,
  };
  const [query, again] = useQuery({ query: IncomingQuery, variables: { account, filter, direction, ...place } });
  useFollowing(IncomingChanges, { account }, again);
  const columns = useColumns(account);
  const active = FILTERS.filter((name) => address[name] !== '').length;
  return (
    <Page title={t('title')} description={t('description')}>
      <Section flush>
        <FilterBar active={active} onClear={() => setAddress({ sender: null, stop: null, from: null, to: null })}>
          <TextFilter
            label={t('sender')}
            inputMode="tel"
            placeholder="+44…"
            value={address.sender}
            onChange={(sender) => setAddress({ sender })}
          />
          <Select
            size="xs"
            label={t('stop')}
            placeholder={common('all')}
            clearable
            clearButtonProps={{ 'aria-label': common('clear') }}
            data={[
              { value: 'yes', label: t('onlyStops') },
              { value: 'no', label: t('noStops') },
            ]}
            value={address.stop || null}
            onChange={(stop) => setAddress({ stop })}
          />
          <TimeFilter label={common('from')} value={address.from} onChange={(from) => setAddress({ from })} />
          <TimeFilter label={common('to')} value={address.to} onChange={(to) => setAddress({ to })} />
        </FilterBar>
        <Loaded query={query} retry={again} pick={(data) => data.account}>
          {({ incomingMessages: { nodes, totalCount, pageInfo } }) => (
            <>
              <DataTable
                label={t('title')}
                columns={columns}
                rows={nodes}
                rowKey={({ id }) => id}
                sorting={{ field: 'TIME', direction }}
                onSort={(sorting) => setAddress({ direction: sorting.direction === 'ASC' ? 'ASC' : null })}
                empty={
                  <Empty icon={<IconInbox size={22} />} title={t(active > 0 ? 'nothingFound' : 'empty')}>
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

function useColumns(account: string): Column<Incoming, 'TIME'>[] {
  const t = useTranslations('incoming');
  return [
    { key: 'time', header: t('received'), order: 'TIME', render: ({ receivedAt }) => <Time time={receivedAt} /> },
    {
      key: 'sender',
      header: t('sender'),
      render: ({ sender, senderAddress }) => <span className="numbers">{sender ?? senderAddress}</span>,
    },
    { key: 'receiver', header: t('receiver'), render: ({ receiver }) => receiver },
    { key: 'text', header: t('text'), render: (message) => <Words message={message} /> },
    {
      key: 'actions',
      header: '',
      end: true,
      render: ({ sender, senderAddress, isStop }) =>
        sender && (
          <RowMenu row={senderAddress}>
            <Menu.Item
              component={Link}
              href={accountPath(account, 'blacklist', isStop ? { search: sender } : { add: sender })}
              leftSection={<IconBan size={15} />}
            >
              {t(isStop ? 'toBlacklist' : 'block')}
            </Menu.Item>
          </RowMenu>
        ),
    },
  ];
}

function Words({ message: { body, isStop, asksToStop } }: { message: Incoming }) {
  const t = useTranslations('incoming');
  return (
    <Group gap="xs">
      <Text size="sm" maw={560} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {body}
      </Text>
      {(isStop || asksToStop) && (
        <Badge
          variant="default"
          size="sm"
          tt="none"
          leftSection={<IconHandStop size={12} aria-hidden />}
        >
          {t(isStop ? 'stopped' : 'askedInVain')}
        </Badge>
      )}
    </Group>
  );
}
