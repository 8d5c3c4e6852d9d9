/** Sending: one text to one receiver or to a hundred thousand. */

import { Button } from '@mantine/core';
import { IconSignature } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import type { AccountPageProps } from '~/pages/account/routes';
import { accountPath } from '~/paths';
import { Page, Section } from '~/ui/page';
import { Empty, Loaded, PageLoading } from '~/ui/states';
import { SendingAccount } from './documents';
import { SendForm } from './form';
import { JobView } from './job-view';
import { useJob } from './use-jobs';

export default function SendPage({ account }: AccountPageProps) {
  const t = useTranslations('send');
  const [query, again] = useQuery({ query: SendingAccount, variables: { name: account } });
  const { job, begin, forget } = useJob(account);
  return (
    <Page title={t('title')} description={t('description')}>
      {job === undefined ? (
        <PageLoading />
      ) : job ? (
        <JobView key={job.id} kept={job} timeZone={query.data?.account?.timeZone} onForgotten={() => void forget()} />
      ) : (
        <Loaded query={query} retry={again} pick={(data) => data.account} loading={<PageLoading />}>
          {(data) =>
            data.senders.nodes.length > 0 ? (
              <SendForm account={data} onSend={begin} />
            ) : (
              <Section>
                <Empty
                  icon={<IconSignature size={22} />}
                  title={t('noSender')}
                  action={
                    <Button component={Link} href={accountPath(account, 'senders')}>
                      {t('toSenders')}
                    </Button>
                  }
                >
                  {t('noSenderWhy')}
                </Empty>
              </Section>
            )
          }
        </Loaded>
      )}
    </Page>
  );
}
