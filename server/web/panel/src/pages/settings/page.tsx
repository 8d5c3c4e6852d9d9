/** The settings of an account. */

import { Select, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import type { AccountPageProps } from '~/pages/account/routes';
import { Page, Section } from '~/ui/page';
import { Loaded } from '~/ui/states';
import { Facts, Time } from '~/ui/values';
import { Advertising } from './advertising';
import { Callbacks } from './callbacks';
import { type Settings, SettingsQuery } from './documents';
import { SettingsForm } from './form';
import { Status } from './status';

const ZONES_SHOWN = 50;

export default function SettingsPage({ account }: AccountPageProps) {
  const t = useTranslations('settings');
  const [query, again] = useQuery({ query: SettingsQuery, variables: { account } });
  return (
    <Page title={t('title')} description={t('description', { account })} narrow>
      <Loaded query={query} retry={again} pick={(data) => data.account}>
        {(settings) => (
          <>
            <General settings={settings} />
            <Advertising settings={settings} languages={query.data?.stopLanguages ?? []} />
            <Callbacks settings={settings} />
            <About settings={settings} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function General({ settings: { name, description, timeZone } }: { settings: Settings }) {
  const t = useTranslations('settings.general');
  const zones = useMemo(() => [...new Set(['UTC', timeZone, ...Intl.supportedValuesOf('timeZone')])].sort(), [timeZone]);
  return (
    <SettingsForm account={name} title={t('title')} saved={{ description, timeZone }}>
      {({ values, set, errors }) => (
        <>
          <TextInput
            label={t('description')}
            description={t('descriptionWhy')}
            maxLength={200}
            value={values.description ?? ''}
            onChange={(event) => set({ description: event.currentTarget.value })}
            error={errors.description}
          />
          <Select
            label={t('timeZone')}
            description={t('timeZoneWhy')}
            data={zones}
            limit={ZONES_SHOWN}
            searchable
            allowDeselect={false}
            nothingFoundMessage={t('noZone')}
            value={values.timeZone ?? 'UTC'}
            onChange={(zone) => zone && set({ timeZone: zone })}
            error={errors.timeZone}
          />
        </>
      )}
    </SettingsForm>
  );
}

function About({ settings }: { settings: Settings }) {
  const t = useTranslations('settings.about');
  const { holder, createdAt } = settings;
  return (
    <Section title={t('title')}>
      <Facts
        facts={[
          [t('holder'), `${holder.name} · ${holder.email}`],
          [t('created'), <Time key="created" time={createdAt} />],
          [t('status'), <Status key="status" settings={settings} />],
        ]}
      />
    </Section>
  );
}
