/** One API user: what it may do, what it did lately, and what acts as it. */

import { Alert, Anchor, Button, Grid, Group, Stack, Text } from '@mantine/core';
import { IconCode } from '@tabler/icons-react';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { useAction } from '~/client/action';
import { usePolling } from '~/client/polling';
import { useFormats } from '~/i18n/formats';
import type { AccountPageProps } from '~/pages/account/routes';
import { useUserDialogs } from '~/pages/users/dialogs/dialogs';
import { UserMenu } from '~/pages/users/menu';
import { sumUp, useToday } from '~/pages/users/today';
import { accountPath, userPath } from '~/paths';
import { done, Refused } from '~/ui/dialog';
import { Page, Section } from '~/ui/page';
import { Loaded, PageLoading } from '~/ui/states';
import { type Tile, Tiles } from '~/ui/tiles';
import { Ago, Facts, State, Time } from '~/ui/values';
import { Access } from './access';
import { CallbackSection } from './callback';
import { KeepUser, UserQuery, type UserOfPage } from './documents';
import { RecentMessages } from './messages';
import { AlertRule, QuotaRule, RestrictionsRule } from './rules';

const WEEK_MS = 7 * 86_400_000;

export default function UserPage({ account, item = '' }: AccountPageProps) {
  const { from, to } = useToday();
  const week = new Date(Date.parse(to) - WEEK_MS).toISOString();
  const [query, again] = useQuery({ query: UserQuery, variables: { account, login: item, today: from, week, to } });
  const calling = query.data?.user?.callbackDeliveries.nodes.some(({ state }) => state === 'WAITING') ?? false;
  usePolling(calling, again);
  return (
    <Loaded query={query} retry={again} pick={({ user }) => user} loading={<PageLoading />}>
      {(user) => <UserView account={account} left={query.data?.account?.creditsLeft ?? '0'} user={user} />}
    </Loaded>
  );
}

function UserView({ account, left, user }: { account: string; left: string; user: UserOfPage }) {
  const t = useTranslations('userPage');
  const dialogs = useUserDialogs(account);
  const { login, enabled, lastUsedAt } = user;
  const open = (kind: Parameters<typeof dialogs.open>[0]) => dialogs.open(kind, user);
  return (
    <Page
      title={login}
      description={
        <Group gap="md">
          <State tone={enabled ? 'good' : 'idle'}>{t(enabled ? 'enabled' : 'disabled')}</State>
          <span>{t.rich('used', { time: () => <Ago time={lastUsedAt} /> })}</span>
        </Group>
      }
      actions={
        <>
          <Button component={Link} href={userPath(account, login, 'send')} leftSection={<IconCode size={16} />}>
            {t('send')}
          </Button>
          <UserMenu account={account} user={user} open={dialogs.open} />
        </>
      }
    >
      {user.endsAt && <Ends account={account} login={login} endsAt={user.endsAt} />}
      <Tiles tiles={useTiles(user, left)} />
      <Grid gap="md" align="flex-start">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="md">
            <RecentMessages account={account} login={login} />
            <CallbackSection account={account} user={user} change={() => open('callback')} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="md">
            <QuotaRule user={user} change={() => open('quota')} />
            <AlertRule account={account} user={user} change={() => open('limit')} />
            <RestrictionsRule user={user} change={() => open('restrictions')} />
            <Section title={t('about')}>
              <Facts
                facts={[
                  [t('login'), login],
                  [
                    t('account'),
                    <Anchor key="account" component={Link} href={accountPath(account)} inherit underline="always">
                      {account}
                    </Anchor>,
                  ],
                  [t('created'), <Time key="created" time={user.createdAt} />],
                  [t('lastUsed'), <Time key="used" time={lastUsedAt} />],
                ]}
              />
            </Section>
          </Stack>
        </Grid.Col>
      </Grid>
      <Access account={account} user={user} />
      {dialogs.shown}
    </Page>
  );
}

function useTiles({ quota, today, week }: UserOfPage, left: string): Tile[] {
  const t = useTranslations('userPage.tile');
  const formats = useFormats();
  const ofToday = sumUp(today);
  const ofWeek = sumUp(week);
  const spent = week.reduce((sum, { credits, refunded }) => sum + Number(credits) - Number(refunded), 0);
  return [
    quota.enabled
      ? { label: t('quota'), value: formats.credits(quota.left), hint: t('assigned', { credits: formats.credits(quota.assigned) }) }
      : { label: t('noQuota'), value: formats.credits(left), hint: t('noQuotaWhy') },
    { label: t('today'), value: formats.count(ofToday.messages), hint: t('ended', { count: ofToday.ended }) },
    { label: t('week'), value: formats.count(ofWeek.messages), hint: t('spent', { credits: Number(spent) }) },
    {
      label: t('failed'),
      value: formats.share(ofToday.failed, ofToday.ended),
      hint: ofWeek.ended > 0 && t('failedOfWeek', { share: formats.share(ofWeek.failed, ofWeek.ended) }),
    },
  ];
}

/** That the user ends with the token that made it, and how to keep it. */
function Ends({ account, login, endsAt }: { account: string; login: string; endsAt: string }) {
  const t = useTranslations('userPage');
  const formats = useFormats();
  const { run, busy, general } = useAction(KeepUser);
  const keep = async () => {
    if (await run({ input: { account, login } })) done(t('kept', { login }));
  };
  return (
    <Alert color="orange" variant="outline">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{t('ends', { time: formats.time(endsAt) })}</Text>
        <Button variant="default" size="xs" loading={busy} onClick={() => void keep()}>
          {t('keep')}
        </Button>
      </Group>
      <Refused text={general} />
    </Alert>
  );
}
