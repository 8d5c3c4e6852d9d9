/** The ledger is added up anew on the server, entry by entry; this says what came out. */

import { Alert, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useFormats } from '~/i18n/formats';
import { Section } from '~/ui/page';
import { Loaded } from '~/ui/states';
import { DataTable } from '~/ui/table';
import { Change } from '~/ui/values';
import { ProofQuery } from './documents';

export function Proof({ account, onClose }: { account: string; onClose: () => void }) {
  const t = useTranslations('credits');
  const common = useTranslations('common');
  const formats = useFormats();
  const [query, prove] = useQuery({ query: ProofQuery, variables: { account }, requestPolicy: 'network-only' });
  const again = () => prove({ requestPolicy: 'network-only' });
  return (
    <Section
      title={t('proof')}
      description={t('proofWhy')}
      actions={
        <>
          <Button variant="default" size="xs" loading={query.fetching} onClick={again}>
            {t('proveAgain')}
          </Button>
          <Button variant="subtle" color="gray" size="xs" onClick={onClose}>
            {common('close')}
          </Button>
        </>
      }
    >
      <div aria-live="polite">
        <Loaded query={query} retry={again} loading={<Adding />} pick={({ verifyLedger }) => verifyLedger}>
          {({ intact, entries, totals, breach, breachSequence }) => (
            <Stack gap="md">
              {intact ? (
                <Alert color="green" variant="outline" icon={<IconCircleCheck />} title={t('intact')}>
                  {t('intactWhy', { count: Number(entries), shown: formats.count(Number(entries)) })}
                </Alert>
              ) : (
                <Alert color="red" variant="outline" icon={<IconAlertTriangle />} title={t('broken')}>
                  {breachSequence && t('brokenAt', { sequence: formats.count(Number(breachSequence)) })} {breach}
                </Alert>
              )}
              <DataTable
                label={t('totals')}
                rows={totals}
                rowKey={({ kind }) => kind}
                empty={null}
                columns={[
                  { key: 'kind', header: t('kindLabel'), render: ({ kind }) => t(`kind.${kind}`) },
                  { key: 'sum', header: t('total'), end: true, render: ({ credits }) => <Change value={credits} /> },
                ]}
              />
            </Stack>
          )}
        </Loaded>
      </div>
    </Section>
  );
}

function Adding() {
  const t = useTranslations('credits');
  return (
    <Group gap="sm" role="status">
      <Loader size="xs" />
      <Text size="sm" c="dimmed">
        {t('proving')}
      </Text>
    </Group>
  );
}
