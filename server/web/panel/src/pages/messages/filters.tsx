import { MultiSelect } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { FilterBar, TextFilter, TimeFilter, UserFilter } from '~/ui/filters';
import { usePttWords } from '~/ui/ptt';
import { PttCodesQuery } from './documents';
import { FILTERS, type Filters, listed, STATUSES } from './filter';

interface Props {
  account: string;
  filters: Filters;
  onChange: (changes: Partial<Filters>) => void;
  active: number;
}

const NOTHING = Object.fromEntries(FILTERS.map((name) => [name, ''])) as Filters;

export function MessageFilters({ account, filters, onChange, active }: Props) {
  const t = useTranslations('messages');
  const common = useTranslations('common');
  const statuses = STATUSES.map((status) => ({ value: status, label: common(`status.${status}`) }));
  return (
    <FilterBar active={active} onClear={() => onChange(NOTHING)}>
      <UserFilter account={account} value={filters.login} onChange={(login) => onChange({ login })} />
      <MultiSelect
        size="xs"
        label={t('status')}
        placeholder={filters.status ? undefined : common('all')}
        data={statuses}
        value={listed(filters.status)}
        onChange={(chosen) => onChange({ status: chosen.join(',') })}
        clearable
        clearButtonProps={{ 'aria-label': common('clear') }}
      />
      <PttFilter value={filters.ptt} onChange={(ptt) => onChange({ ptt })} />
      <TextFilter
        label={t('receiver')}
        placeholder="+33612345678"
        inputMode="tel"
        value={filters.receiver}
        onChange={(receiver) => onChange({ receiver })}
      />
      <TextFilter label={t('tag')} maxLength={20} value={filters.tag} onChange={(tag) => onChange({ tag })} />
      <TimeFilter label={common('from')} value={filters.from} onChange={(from) => onChange({ from })} />
      <TimeFilter label={common('to')} value={filters.to} onChange={(to) => onChange({ to })} />
    </FilterBar>
  );
}

/** Codes of the table, by number or words, and any other number that operators have made up. */
function PttFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useTranslations('messages');
  const common = useTranslations('common');
  const pttWords = usePttWords();
  const [{ data }] = useQuery({ query: PttCodesQuery, requestPolicy: 'cache-first' });
  const codes = useMemo(() => {
    const known = (data?.pttCodes ?? []).map((ptt) => ({
      value: String(ptt.code),
      label: t('pttShort', { code: ptt.code, description: pttWords(ptt).description }),
    }));
    const others = listed(value).filter((code) => known.every(({ value: shown }) => shown !== code));
    return [...known, ...others.map((code) => ({ value: code, label: code }))];
  }, [data, value, pttWords, t]);
  return (
    <MultiSelect
      size="xs"
      label={t('ptt')}
      placeholder={value ? undefined : common('all')}
      data={codes}
      value={listed(value)}
      onChange={(chosen) => onChange(chosen.join(','))}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': common('clear') }}
      nothingFoundMessage={common('none')}
      comboboxProps={{ width: 340, position: 'bottom-start' }}
      renderPill={undefined}
    />
  );
}
