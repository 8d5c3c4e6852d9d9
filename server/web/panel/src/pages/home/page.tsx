/** The accounts that the person has. */

import { Anchor, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconBuilding, IconSearch } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link, Redirect } from 'wouter';
import { graphql, type ResultOf } from '~/graphql';
import { useFormats } from '~/i18n/formats';
import { accountPath } from '~/paths';
import { useViewer } from '~/session';
import { useAddress, usePlace } from '~/ui/address';
import { Page, Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Credits, State } from '~/ui/values';

const AccountsQuery = graphql(`
  query HomeAccounts($filter: AccountFilter, $first: Int, $after: String, $last: Int, $before: String) {
    accounts(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { id name description status creditsLeft creditsHeldByQuota userQuantityWithQuota }
    }
  }
`);

type Account = NonNullable<ResultOf<typeof AccountsQuery>['accounts']>['nodes'][number];

export default function HomePage() {
  const t = useTranslations('home');
  const formats = useFormats();
  const viewer = useViewer();
  const [address, setAddress] = useAddress(['name']);
  const [place, go] = usePlace();
  const [query, again] = useQuery({
    query: AccountsQuery,
    variables: { filter: address.name ? { namePrefix: address.name } : null, ...place },
  });
  const search = useDebouncedCallback((name: string) => setAddress({ name }), 200);

  // Who has one account wants to see that one.
  const only = query.data?.accounts?.totalCount === 1 && !address.name && !viewer.holder?.isOperator;
  const [first] = query.data?.accounts?.nodes ?? [];
  if (only && first) return <Redirect to={accountPath(first.name)} replace />;

  const columns: Column<Account>[] = [
    {
      key: 'name',
      header: t('account'),
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
      key: 'status',
      header: t('status'),
      render: ({ status }) => <State tone={status === 'ENABLED' ? 'good' : 'idle'}>{t(status)}</State>,
    },
    { key: 'left', header: t('creditsLeft'), end: true, render: ({ creditsLeft }) => <Credits value={creditsLeft} /> },
    {
      key: 'held',
      header: t('held'),
      end: true,
      render: ({ creditsHeldByQuota }) => <Credits value={creditsHeldByQuota} />,
    },
    {
      key: 'users',
      header: t('users'),
      end: true,
      render: ({ userQuantityWithQuota }) => formats.count(userQuantityWithQuota),
    },
  ];
  return (
    <Page title={t('title')} description={t('description')}>
      <Section
        flush
        actions={
          <TextInput
            aria-label={t('search')}
            placeholder={t('search')}
            leftSection={<IconSearch size={15} />}
            defaultValue={address.name}
            onChange={(event) => search(event.currentTarget.value)}
          />
        }
      >
        <Loaded query={query} retry={again} pick={({ accounts }) => accounts}>
          {({ nodes, pageInfo, totalCount }) => (
            <>
              <DataTable
                label={t('title')}
                columns={columns}
                rows={nodes}
                rowKey={({ name }) => name}
                empty={
                  <Empty icon={<IconBuilding size={22} />} title={t('empty')}>
                    {t('emptyWhy')}
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
