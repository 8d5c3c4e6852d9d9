/** What is searched for and filtered by, in the address bar. The server does it. */

import { Button, Collapse, Group, NativeSelect } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { IconFilter } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import type { VariablesOf } from '~/graphql';
import { SearchInput } from '~/ui/search';
import type { Sorting } from '~/ui/table';
import type { UsersQuery } from './documents';

type Filter = NonNullable<VariablesOf<typeof UsersQuery>['filter']>;
type OrderField = NonNullable<VariablesOf<typeof UsersQuery>['orderBy']>['field'];

export const FILTERS = ['search', 'status', 'quota', 'alert', 'restricted', 'callback'] as const;
type FilterName = (typeof FILTERS)[number];
type Address = Record<FilterName | 'sort' | 'direction', string>;
type Change = (changes: Partial<Record<FilterName, string | null>>) => void;

const ORDERS: readonly OrderField[] = ['LOGIN', 'CREATED_AT', 'QUOTA_LEFT', 'LAST_USED_AT', 'LIMIT_THRESHOLD'];

/** The choices of each filter: what stands in the address, and whether it asks for those with or without. */
const CHOICES = {
  status: { enabled: true, disabled: false },
  quota: { with: true, without: false },
  alert: { with: true, without: false },
  restricted: { some: true, any: false },
  callback: { failing: true, fine: false },
} as const satisfies Partial<Record<FilterName, Record<string, boolean>>>;
type ChoiceName = keyof typeof CHOICES;

function choice(name: ChoiceName, value: string): boolean | undefined {
  return (CHOICES[name] as Record<string, boolean>)[value];
}

export function filterOf(address: Address): Filter {
  return {
    search: address.search || undefined,
    enabled: choice('status', address.status),
    hasQuota: choice('quota', address.quota),
    hasLimit: choice('alert', address.alert),
    restricted: choice('restricted', address.restricted),
    callbackFailing: choice('callback', address.callback),
  };
}

export function orderOf(address: Address): Sorting<OrderField> {
  const field = ORDERS.find((known) => known === address.sort) ?? 'LOGIN';
  return { field, direction: address.direction === 'DESC' ? 'DESC' : 'ASC' };
}

export const isFiltered = (address: Address): boolean => FILTERS.some((name) => address[name] !== '');

export function UserFilters({ address, onChange }: { address: Address; onChange: Change }) {
  const t = useTranslations('users');
  const wide = useMediaQuery('(min-width: 48em)', true, { getInitialValueInEffect: false });
  const names = Object.keys(CHOICES) as ChoiceName[];
  const set = names.filter((name) => address[name] !== '').length;
  const choices = (
    <>
      {names.map((name) => (
        <NativeSelect
          key={name}
          size="xs"
          aria-label={t(`filter.${name}.label`)}
          value={address[name]}
          onChange={(event) => onChange({ [name]: event.currentTarget.value || null })}
        >
          <option value="">{t(`filter.${name}.all`)}</option>
          {Object.keys(CHOICES[name]).map((value) => (
            <option key={value} value={value}>
              {t(`filter.${name}.${value}` as 'filter.status.enabled')}
            </option>
          ))}
        </NativeSelect>
      ))}
    </>
  );
  return (
    <Group gap="xs" px="md" py="sm">
      <SearchInput label={t('search')} value={address.search} onChange={(search) => onChange({ search })} />
      {wide ? choices : <Hidden set={set}>{choices}</Hidden>}
    </Group>
  );
}

/** Where there is little room the filters are behind a button. */
function Hidden({ set, children }: { set: number; children: ReactNode }) {
  const t = useTranslations('users');
  const [opened, { toggle }] = useDisclosure();
  return (
    <>
      <Button variant="default" size="xs" leftSection={<IconFilter size={14} />} aria-expanded={opened} onClick={toggle}>
        {t('filter.open', { count: set })}
      </Button>
      <Collapse expanded={opened} w="100%">
        <Group gap="xs">{children}</Group>
      </Collapse>
    </>
  );
}
