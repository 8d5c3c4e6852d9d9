/** The log of messages, live. */

import { Alert, Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDownload, IconMessages, IconSend } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import type { AccountPageProps } from '~/pages/account/routes';
import { accountPath } from '~/paths';
import { useAddress, usePlace } from '~/ui/address';
import { HeldRows, useHeld } from '~/ui/held';
import { Page, Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { DataTable, Pager } from '~/ui/table';
import { useColumns } from './columns';
import { ExportDialog } from './export-dialog';
import { FILTERS } from './filter';
import { MessageFilters } from './filters';
import { useMessageLog } from './use-log';

export default function MessagesPage({ account }: AccountPageProps) {
  const t = useTranslations('messages');
  const [filters, setFilters] = useAddress(FILTERS);
  const [place, go] = usePlace();
  const log = useMessageLog(account, filters, place);
  const isFirst = !('before' in place) && place.after === undefined;
  const held = useHeld(log.rows, JSON.stringify([filters, place]));
  const columns = useColumns(account, setFilters);
  const [exporting, { open, close }] = useDisclosure();
  const active = useMemo(() => FILTERS.filter((name) => filters[name]).length, [filters]);
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <>
          <Button variant="default" leftSection={<IconDownload size={16} />} onClick={open}>
            {t('export')}
          </Button>
          <Button component={Link} href={accountPath(account, 'send')} leftSection={<IconSend size={16} />}>
            {t('send')}
          </Button>
        </>
      }
    >
      <Section flush>
        <MessageFilters account={account} filters={filters} onChange={setFilters} active={active} />
        {log.resting && (
          <Alert variant="light" color="gray" mx="md" mb="sm" role="status">
            {t('resting')}
          </Alert>
        )}
        <HeldRows
          held={held}
          label={t('new', { count: held.waiting })}
          onShow={isFirst ? undefined : () => go({})}
        />
        <Loaded query={log.query} retry={log.again} pick={({ messages }) => messages}>
          {({ pageInfo, totalCount, nodes }) => (
            <>
              <DataTable
                label={t('title')}
                columns={columns}
                rows={held.rows}
                rowKey={({ number }) => number}
                empty={<NoMessages account={account} filtered={active > 0} />}
              />
              <Pager
                total={Math.max(totalCount, totalCount + log.rows.length - nodes.length)}
                pageInfo={pageInfo}
                onPage={go}
                busy={log.query.fetching}
              />
            </>
          )}
        </Loaded>
      </Section>
      {exporting && <ExportDialog account={account} filters={filters} onClose={close} />}
    </Page>
  );
}

function NoMessages({ account, filtered }: { account: string; filtered: boolean }) {
  const t = useTranslations('messages');
  if (filtered) {
    return (
      <Empty icon={<IconMessages size={22} />} title={t('noneFound')}>
        {t('noneFoundWhy')}
      </Empty>
    );
  }
  return (
    <Empty
      icon={<IconMessages size={22} />}
      title={t('empty')}
      action={
        <Button component={Link} href={accountPath(account, 'send')}>
          {t('sendFirst')}
        </Button>
      }
    >
      {t('emptyWhy')}
    </Empty>
  );
}
