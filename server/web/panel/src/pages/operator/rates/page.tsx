/** What a part costs by country, and setting that. */

import { Button, Select, Text, TextInput } from '@mantine/core';
import { IconPlus, IconSearch, IconWorld } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useLocale, useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { graphql, type ResultOf } from '~/graphql';
import { useFormats } from '~/i18n/formats';
import { useAddress } from '~/ui/address';
import { AmountInput } from '~/ui/amount';
import { done, FormDialog } from '~/ui/dialog';
import { SearchBar } from '~/ui/filters';
import { Page, Section } from '~/ui/page';
import { Empty, Loaded } from '~/ui/states';
import { type Column, DataTable } from '~/ui/table';
import { Credits } from '~/ui/values';

const RatesQuery = graphql(`
  query OperatorRates {
    rates { country credits }
  }
`);

const SetRate = graphql(`
  mutation OperatorSetRate($input: SetRateInput!) {
    setRate(input: $input) {
      rate { country credits }
      userErrors { field code message retryAfter }
    }
  }
`);

type Rate = NonNullable<ResultOf<typeof RatesQuery>['rates']>[number];

export default function RatesPage() {
  const t = useTranslations('operator.rates');
  const formats = useFormats();
  const locale = useLocale();
  const [address, setAddress] = useAddress(['search', 'set']);
  const [query, again] = useQuery({ query: RatesQuery });
  const columns = useColumns((country) => setAddress({ set: country }));
  const rates = query.data?.rates ?? [];
  const wanted = address.search.trim().toLocaleLowerCase(locale);
  // The server knows countries by their codes alone, and gives all rates at once: names are searched here.
  const found = ({ country }: Rate) => `${formats.country(country)} ${country}`.toLocaleLowerCase(locale).includes(wanted);
  return (
    <Page narrow title={t('title')} description={t('description')}>
      <Section flush>
        <SearchBar>
          <TextInput
            type="search"
            aria-label={t('search')}
            placeholder={t('search')}
            leftSection={<IconSearch size={15} />}
            value={address.search}
            onChange={(event) => setAddress({ search: event.currentTarget.value })}
          />
          <Button
            ml="auto"
            flex={{ base: '1 1 100%', sm: 'none' }}
            leftSection={<IconPlus size={16} />}
            onClick={() => setAddress({ set: '+' })}
          >
            {t('set')}
          </Button>
        </SearchBar>
        <Loaded query={query} retry={again} pick={(data) => data.rates}>
          {(all) => (
            <DataTable
              label={t('title')}
              columns={columns}
              rows={all
                .filter(found)
                .sort((one, other) => formats.country(one.country).localeCompare(formats.country(other.country), locale))}
              rowKey={({ country }) => country}
              empty={
                <Empty icon={<IconWorld size={22} />} title={t(wanted ? 'nothingFound' : 'empty')}>
                  {t(wanted ? 'nothingFoundWhy' : 'emptyWhy')}
                </Empty>
              }
            />
          )}
        </Loaded>
      </Section>
      {address.set && query.data && (
        <RateDialog country={address.set === '+' ? '' : address.set} rates={rates} onClose={() => setAddress({ set: null })} />
      )}
    </Page>
  );
}

function useColumns(onSet: (country: string) => void): Column<Rate>[] {
  const t = useTranslations('operator.rates');
  const formats = useFormats();
  return [
    {
      key: 'country',
      header: t('country'),
      render: ({ country }) => (
        <>
          {formats.country(country)}{' '}
          <Text span size="xs" c="dimmed">
            {country}
          </Text>
        </>
      ),
    },
    { key: 'credits', header: t('credits'), end: true, render: ({ credits }) => <Credits value={credits} /> },
    {
      key: 'actions',
      header: '',
      end: true,
      render: ({ country }) => (
        <Button
          variant="default"
          size="compact-sm"
          aria-label={t('changeOf', { country: formats.country(country) })}
          onClick={() => onSet(country)}
        >
          {t('change')}
        </Button>
      ),
    },
  ];
}

interface RateDialogProps {
  /** Empty where it is chosen here. */
  country: string;
  rates: readonly Rate[];
  onClose: () => void;
}

function RateDialog({ country: first, rates, onClose }: RateDialogProps) {
  const t = useTranslations('operator.rates');
  const formats = useFormats();
  const countries = useCountries();
  const [country, setCountry] = useState(first);
  const [credits, setCredits] = useState('');
  const { run, busy, errors, general } = useAction(SetRate, ['country', 'credits']);
  const current = rates.find((rate) => rate.country === country)?.credits;
  const submit = async () => {
    if (!(await run({ input: { country, credits } }))) return;
    onClose();
    done(t('done', { country: formats.country(country), credits: formats.credits(credits) }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={first ? t('changeOf', { country: formats.country(first) }) : t('set')}
      submit={t('setNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general ?? (first ? errors.country : null)}
      disabled={!country || !(Number(credits) > 0)}
    >
      {!first && (
        <Select
          label={t('country')}
          placeholder={t('chooseCountry')}
          searchable
          nothingFoundMessage={t('nothingFound')}
          data={countries}
          value={country || null}
          onChange={(code) => setCountry(code ?? '')}
          error={errors.country}
          limit={60}
          data-autofocus
        />
      )}
      <AmountInput
        label={t('credits')}
        description={current === undefined ? undefined : t('current', { credits: formats.credits(current) })}
        value={credits}
        onChange={setCredits}
        error={errors.credits}
        autoFocus={first !== ''}
      />
      <Text size="sm" c="dimmed">
        {t('fromNow')}
      </Text>
    </FormDialog>
  );
}

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** The countries that the browser knows a name of, in their alphabet. */
function useCountries() {
  const locale = useLocale();
  return useMemo(() => {
    const names = new Intl.DisplayNames(locale, { type: 'region', fallback: 'none' });
    const codes = LETTERS.flatMap((one) => LETTERS.map((other) => one + other));
    const known = codes.flatMap((value) => {
      const name = names.of(value);
      return name ? [{ value, label: `${name} (${value})` }] : [];
    });
    return known.sort((one, other) => one.label.localeCompare(other.label, locale));
  }, [locale]);
}
