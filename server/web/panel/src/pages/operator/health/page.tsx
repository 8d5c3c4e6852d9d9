/** How the server does: what waits, and whether it gets on. */

import { Anchor, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { usePolling } from '~/client/polling';
import { graphql, type ResultOf } from '~/graphql';
import { useFormats } from '~/i18n/formats';
import { operatorPath } from '~/paths';
import { Page, Section } from '~/ui/page';
import { Loaded } from '~/ui/states';
import { type Tile, Tiles } from '~/ui/tiles';
import { Ago, Facts, State } from '~/ui/values';

const HealthQuery = graphql(`
  query ServerHealth {
    about { version }
    serverHealth {
      database
      missingMigrations
      messagesDue
      messagesDeferred
      messagesClaimed
      oldestMessageDueAt
      receiptsWaiting
      callbacksWaiting
      callbacksDue
      oldestCallbackDueAt
      callbackUrlsDisabled
      notificationsWaiting
      oldestNotificationDueAt
      linksEnabled
      linksBound
      listeners
    }
  }
`);

type Health = NonNullable<ResultOf<typeof HealthQuery>['serverHealth']>;

const DATABASES = { SQLITE: 'SQLite', POSTGRESQL: 'PostgreSQL' } as const satisfies Record<Health['database'], string>;

export default function HealthPage() {
  const t = useTranslations('operator.health');
  const [query, again] = useQuery({ query: HealthQuery });
  usePolling(true, again);
  return (
    <Page title={t('title')} description={t('description')}>
      <Loaded query={query} retry={again} pick={({ serverHealth }) => serverHealth}>
        {(health) => (
          <>
            <Waiting health={health} />
            <Server health={health} version={query.data?.about?.version} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Waiting({ health }: { health: Health }) {
  const t = useTranslations('operator.health');
  const { count } = useFormats();
  const tiles: Tile[] = [
    {
      label: t('messages'),
      value: count(health.messagesDue),
      hint: <Oldest since={health.oldestMessageDueAt} />,
    },
    {
      label: t('callbacks'),
      value: count(health.callbacksDue),
      hint: <Oldest since={health.oldestCallbackDueAt} />,
    },
    {
      label: t('notifications'),
      value: count(health.notificationsWaiting),
      hint: <Oldest since={health.oldestNotificationDueAt} />,
    },
    {
      label: t('links'),
      value: t('linksOpen', { bound: count(health.linksBound), enabled: count(health.linksEnabled) }),
      hint: (
        <Anchor component={Link} href={operatorPath('links')} size="xs">
          {t('toLinks')}
        </Anchor>
      ),
    },
  ];
  return <Tiles tiles={tiles} />;
}

function Oldest({ since }: { since: string | null }) {
  const t = useTranslations('operator.health');
  return since === null ? t('noneDue') : t.rich('oldest', { time: () => <Ago time={since} /> });
}

function Server({ health, version }: { health: Health; version: string | undefined }) {
  const t = useTranslations('operator.health');
  const { count } = useFormats();
  const missing = health.missingMigrations;
  return (
    <Section title={t('more')}>
      <Facts
        facts={[
          [t('version'), version ?? '–'],
          [t('database'), DATABASES[health.database]],
          [
            t('migrations'),
            missing.length === 0 ? (
              <State key="migrations" tone="good">
                {t('upToDate')}
              </State>
            ) : (
              <State key="migrations" tone="bad">
                {t('missing', { names: missing.join(', ') })}
              </State>
            ),
          ],
          [t('deferred'), count(health.messagesDeferred)],
          [t('claimed'), count(health.messagesClaimed)],
          [t('receipts'), count(health.receiptsWaiting)],
          [t('callbacksWaiting'), count(health.callbacksWaiting)],
          [
            t('urlsDisabled'),
            health.callbackUrlsDisabled === 0 ? (
              count(0)
            ) : (
              <State key="urls" tone="warn">
                {count(health.callbackUrlsDisabled)}
              </State>
            ),
          ],
          [t('listeners'), count(health.listeners)],
        ]}
      />
      <Text size="xs" c="dimmed" mt="md">
        {t('listenersWhy')}
      </Text>
    </Section>
  );
}
