/** Which of the account's senders alerts by SMS bear. */

import { Anchor, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useAction } from '~/client/action';
import { accountPath } from '~/paths';
import { done, FormDialog } from '~/ui/dialog';
import { type AccountWithLimit, AlertSendersQuery, SetAlertSender } from './documents';

export function SenderDialog({ account: { name, alertSender }, onClose }: { account: AccountWithLimit; onClose: () => void }) {
  const t = useTranslations('alerts.sender');
  const common = useTranslations('common');
  const [chosen, setChosen] = useState(alertSender);
  const [{ data, fetching }] = useQuery({ query: AlertSendersQuery, variables: { account: name } });
  const { run, busy, errors, general } = useAction(SetAlertSender, ['alertSender']);
  const names = (data?.account?.senders.nodes ?? []).map((sender) => sender.name);
  const submit = async () => {
    if (!(await run({ account: name, alertSender: chosen }))) return;
    onClose();
    done(t('done'));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('title')}
      submit={common('save')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
    >
      <Select
        label={t('label')}
        description={t('why')}
        placeholder={t('none')}
        clearable
        clearButtonProps={{ 'aria-label': t('none') }}
        searchable
        nothingFoundMessage={fetching ? common('loading') : common('none')}
        data={chosen && !names.includes(chosen) ? [chosen, ...names] : names}
        value={chosen}
        onChange={setChosen}
        error={errors.alertSender}
        data-autofocus
      />
      <Text size="sm" c="dimmed">
        {t.rich('declare', {
          link: (words) => (
            <Anchor component={Link} href={accountPath(name, 'senders')} inherit underline="always">
              {words}
            </Anchor>
          ),
        })}
      </Text>
    </FormDialog>
  );
}
