/** A token ends, and with it the users that it made, unless they are kept. */

import { Button, Group, Paper, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { useAction } from '~/client/action';
import { done, FormDialog, Refused } from '~/ui/dialog';
import { KeepUser, MadeUsersQuery, RevokeToken, type Token } from './documents';

export function RevokeTokenDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const t = useTranslations('tokens');
  const { run, busy, general } = useAction(RevokeToken);
  const submit = async () => {
    if (!(await run({ id: token.id }))) return;
    onClose();
    done(t('revoked', { label: token.label }));
  };
  return (
    <FormDialog
      opened
      onClose={onClose}
      title={t('revokeTitle', { label: token.label })}
      submit={t('revokeNow')}
      onSubmit={() => void submit()}
      busy={busy}
      general={general}
      danger
    >
      <Text>{t('revokeWhy')}</Text>
      <MadeUsers token={token} />
    </FormDialog>
  );
}

/** The users that would end too; each can be kept first. */
function MadeUsers({ token }: { token: Token }) {
  const t = useTranslations('tokens');
  const [{ data }] = useQuery({ query: MadeUsersQuery, variables: { id: token.id }, requestPolicy: 'network-only' });
  const { run, busy, general } = useAction(KeepUser);
  const users = data?.node?.__typename === 'AccessToken' ? data.node.users : undefined;
  if (!users || users.totalCount === 0) return null;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {t('endsUsers', { count: users.totalCount - users.nodes.filter(({ endsAt }) => endsAt === null).length })}
      </Text>
      <Paper withBorder>
        {users.nodes.map(({ id, login, endsAt, account }) => (
          <Group key={id} justify="space-between" px="sm" py={6}>
            <Text size="sm">{t('madeUser', { login, account: account.name })}</Text>
            {endsAt === null ? (
              <Text size="sm" c="dimmed">
                {t('goesOn')}
              </Text>
            ) : (
              <Button
                variant="default"
                size="compact-sm"
                loading={busy}
                onClick={() => void run({ account: account.name, login })}
              >
                {t('keep')}
              </Button>
            )}
          </Group>
        ))}
      </Paper>
      <Refused text={general} />
    </Stack>
  );
}
