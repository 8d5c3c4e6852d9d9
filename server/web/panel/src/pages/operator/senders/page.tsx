/** The senders of all accounts that wait to be approved. */

import { Anchor, Button, Group, Text } from '@mantine/core';
import { IconChecks } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useAction } from '~/client/action';
import { graphql, type ResultOf } from '~/graphql';
import { accountPath } from '~/paths';
import { useAddress, usePlace } from '~/ui/address';
import { done, FormDialog } from '~/ui/dialog';
import { SearchBar } from '~/ui/filters';
import { Page, Section } from '~/ui/page';
import { SearchInput } from '~/ui/search';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable, Pager } from '~/ui/table';
import { Ago } from '~/ui/values';

const WaitingQuery = graphql(`
  query OperatorSenders($filter: SenderFilter, $first: Int, $after: String, $last: Int, $before: String) {
    senders(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      nodes { id name kind comment createdAt account { id name description } }
    }
  }
`);

const Decide = graphql(`
  mutation OperatorDecideSender($input: SetSenderStatusInput!) {
    setSenderStatus(input: $input) {
      sender { id status statusChangedAt }
      userErrors { field code message retryAfter }
    }
  }
`);

type Sender = NonNullable<ResultOf<typeof WaitingQuery>['senders']>['nodes'][number];
type Decision = 'approve' | 'refuse';

const DONE = { approve: 'approved', refuse: 'refused' } as const;

export default function WaitingSendersPage() {
  const t = useTranslations('operator.senders');
  const [address, setAddress] = useAddress(['search']);
  const [place, go] = usePlace();
  const filter = { status: 'WAITING', search: address.search || null } as const;
  const [query, again] = useQuery({ query: WaitingQuery, variables: { filter, ...place } });
  const [shown, setShown] = useState<{ sender: Sender; decision: Decision }>();
  const columns = useColumns((decision, sender) => setShown({ decision, sender }));
  return (
    <Page title={t('title')} description={t('description')}>
      <Section flush>
        <SearchBar>
          <SearchInput label={t('search')} value={address.search} onChange={(search) => setAddress({ search })} />
        </SearchBar>
        <Loaded query={query} retry={again} pick={({ senders }) => senders}>
          {({ nodes, pageInfo, totalCount }) => (
            <>
              <DataTable
                label={t('title')}
                columns={columns}
                rows={nodes}
                rowKey={({ id }) => id}
                empty={
                  <Empty icon={<IconChecks size={22} />} title={t(address.search ? 'nothingFound' : 'empty')}>
                    {t(address.search ? 'nothingFoundWhy' : 'emptyWhy')}
                  </Empty>
                }
              />
              <Pager total={totalCount} pageInfo={pageInfo} onPage={go} busy={query.fetching} />
            </>
          )}
        </Loaded>
      </Section>
      {shown && <DecideDialog {...shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

function useColumns(onDecide: (decision: Decision, sender: Sender) => void): Column<Sender>[] {
  const t = useTranslations('operator.senders');
  const kinds = useTranslations('senders.kinds');
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
            {kinds(kind)}
          </Text>
        </div>
      ),
    },
    {
      key: 'account',
      header: common('account'),
      render: ({ account: { name, description } }) => (
        <div>
          <Anchor component={Link} href={accountPath(name, 'senders')} size="sm">
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
      key: 'comment',
      header: t('comment'),
      render: ({ comment }) => (
        <Text size="sm" c={comment ? undefined : 'dimmed'} maw={420} style={{ overflowWrap: 'anywhere' }}>
          {comment ?? common('none')}
        </Text>
      ),
    },
    { key: 'declared', header: t('declared'), render: ({ createdAt }) => <Ago time={createdAt} /> },
    {
      key: 'actions',
      header: '',
      end: true,
      render: (sender) => (
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          {(['approve', 'refuse'] as const).map((decision) => (
            <Button
              key={decision}
              variant="default"
              size="compact-sm"
              aria-label={t(`${decision}Of`, { name: sender.name, account: sender.account.name })}
              onClick={() => onDecide(decision, sender)}
            >
              {t(decision)}
            </Button>
          ))}
        </Group>
      ),
    },
  ];
}

interface DecideDialogProps {
  sender: Sender;
  decision: Decision;
  onClose: () => void;
}

function DecideDialog({ sender: { name, account }, decision, onClose }: DecideDialogProps) {
  const t = useTranslations('operator.senders');
  const { run, busy, general } = useAction(Decide);
  const submit = async () => {
    const status = decision === 'approve' ? 'ENABLED' : 'REFUSED';
    if (!(await run({ input: { account: account.name, name, status } }))) return;
    onClose();
    done(t(DONE[decision], { name }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t(`${decision}Title`, { name })}
      submit={t(`${decision}Now`)}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger={decision === 'refuse'}
    >
      <Text size="sm">{t(`${decision}Why`, { name, account: account.name })}</Text>
    </FormDialog>
  );
}
