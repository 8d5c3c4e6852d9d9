/** The person who is signed in: name, password, sessions and access tokens. */

import { SimpleGrid } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { Page, Section } from '~/ui/page';
import { Loaded } from '~/ui/states';
import { CopyButton, Facts, Time } from '~/ui/values';
import { ProfileQuery } from './documents';
import { OwnName } from './name';
import { PasswordForm } from './password';
import { Sessions } from './sessions';
import { Tokens } from './tokens';

export default function ProfilePage() {
  const t = useTranslations('profile');
  const [query, again] = useQuery({ query: ProfileQuery });
  return (
    <Page title={t('title')} description={t('description')}>
      <Loaded query={query} retry={again} pick={({ viewer }) => viewer}>
        {({ holder, name, address, scopes }) => (
          <>
            <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
              <Section title={t('you')}>
                <Facts
                  facts={[
                    [t('name'), holder ? <OwnName key="name" name={holder.name} /> : name],
                    [t('email'), holder?.email ?? '–'],
                    [t('role'), t(holder?.isOperator ? 'operator' : 'holder')],
                    [t('since'), <Time key="since" time={holder?.createdAt} />],
                    [
                      t('address'),
                      address ? (
                        <span key="address">
                          {address} <CopyButton value={address} label={t('copyAddress')} />
                        </span>
                      ) : (
                        '–'
                      ),
                    ],
                  ]}
                />
              </Section>
              <Section title={t('password.title')} description={t('password.description')}>
                <PasswordForm email={holder?.email ?? ''} />
              </Section>
            </SimpleGrid>
            <Sessions />
            <Tokens mayHave={scopes} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
