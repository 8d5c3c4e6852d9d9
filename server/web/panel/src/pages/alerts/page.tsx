/** When somebody is told that credits run out, what they are told, and what they were told. */

import { Tabs } from '@mantine/core';
import { useTranslations } from 'use-intl';
import type { AccountPageProps } from '~/pages/account/routes';
import { useAddress } from '~/ui/address';
import { Page } from '~/ui/page';
import { Limits } from './limits';
import { Raised } from './raised';
import { Texts } from './texts';

const TABS = ['limits', 'raised', 'texts'] as const;

export default function AlertsPage({ account }: AccountPageProps) {
  const t = useTranslations('alerts');
  const [address, setAddress] = useAddress(['tab', 'login', 'from', 'to', 'direction']);
  const tab = TABS.find((known) => known === address.tab) ?? 'limits';
  const show = (next: string | null) =>
    setAddress({ tab: next === 'limits' ? null : next, login: null, from: null, to: null, direction: null });
  return (
    <Page title={t('title')} description={t('description')}>
      <Tabs value={tab} onChange={show} keepMounted={false}>
        <Tabs.List mb="lg">
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="limits">
          <Limits account={account} />
        </Tabs.Panel>
        <Tabs.Panel value="raised">
          <Raised account={account} />
        </Tabs.Panel>
        <Tabs.Panel value="texts">
          <Texts account={account} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
