/** What can be done with several users at once; shown once some are chosen. */

import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import type { VariablesOf } from '~/graphql';
import { useFormats } from '~/i18n/formats';
import { useSession } from '~/session';
import { UserIdsQuery } from '../documents';
import { BulkDialog, type BulkKind } from './dialog';

interface BulkBarProps {
  account: string;
  filter: VariablesOf<typeof UserIdsQuery>['filter'];
  chosen: ReadonlySet<string>;
  onChoose: (chosen: ReadonlySet<string>) => void;
  /** The ids on this page. */
  shown: readonly string[];
  total: number;
}

const KINDS: readonly BulkKind[] = ['enable', 'disable', 'quota', 'limit', 'delete'];

export function BulkBar({ account, filter, chosen, onChoose, shown, total }: BulkBarProps) {
  const t = useTranslations('users.bulk');
  const formats = useFormats();
  const [kind, setKind] = useState<BulkKind | null>(null);
  const all = useAllFound(account, filter);
  if (chosen.size === 0) return null;
  const more = total > shown.length && chosen.size < total && shown.every((id) => chosen.has(id));
  return (
    <Group gap="xs" px="md" py={8} bg="var(--panel-active)" role="toolbar" aria-label={t('label')}>
      <Text size="sm" fw={600} mr="xs" aria-live="polite">
        {t('chosen', { count: chosen.size, shown: formats.count(chosen.size) })}
      </Text>
      {KINDS.map((each) => (
        <Button key={each} variant="default" size="xs" c={each === 'delete' ? 'var(--panel-bad)' : undefined} onClick={() => setKind(each)}>
          {t(`open.${each}`)}
        </Button>
      ))}
      <Button variant="subtle" size="xs" onClick={() => onChoose(new Set())}>
        {t('clear')}
      </Button>
      {more && (
        <Button
          variant="subtle"
          size="xs"
          loading={all.busy}
          onClick={() => void all.find().then((ids) => onChoose(new Set(ids)))}
        >
          {t('all', { shown: formats.total(total) })}
        </Button>
      )}
      {kind && (
        <BulkDialog
          account={account}
          kind={kind}
          ids={[...chosen]}
          onClose={(gone) => {
            setKind(null);
            onChoose(new Set([...chosen].filter((id) => !gone.has(id))));
          }}
        />
      )}
    </Group>
  );
}

/** The ids of all users that the filter finds, page by page. */
function useAllFound(account: string, filter: BulkBarProps['filter']) {
  const { uncached } = useSession().connection;
  const [busy, setBusy] = useState(false);
  const find = async () => {
    setBusy(true);
    const ids: string[] = [];
    for (let after: string | null | undefined, more = true; more; ) {
      const { data } = await uncached.query(UserIdsQuery, { account, filter, after }).toPromise();
      const users = data?.users;
      ids.push(...(users?.nodes ?? []).map(({ id }) => id));
      after = users?.pageInfo.endCursor;
      more = users?.pageInfo.hasNextPage ?? false;
    }
    setBusy(false);
    return ids;
  };
  return { busy, find };
}
