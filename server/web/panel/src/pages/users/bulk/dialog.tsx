/** One thing for several users: what would happen, then how far it is, then what became of each. */

import { Button, Group, Modal, Progress, ScrollArea, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useFormats } from '~/i18n/formats';
import { useSession } from '~/session';
import { Refused } from '~/ui/dialog';
import { LinesLoading } from '~/ui/states';
import { State } from '~/ui/values';
import { ChosenUsersQuery } from '../documents';
import { BULK_FORMS, type ChosenUser } from './forms';
import { type BulkRequest, type BulkResult, type BulkState, type BulkUser, useBulkRun } from './run';

export type BulkKind = keyof typeof BULK_FORMS;

/** Of several thousand results these are shown: what was refused, then what ended last. */
const MOST_SHOWN = 100;

interface BulkDialogProps {
  account: string;
  kind: BulkKind;
  ids: readonly string[];
  /** Called with the ids of those that are no more. */
  onClose: (gone: ReadonlySet<string>) => void;
}

export function BulkDialog({ account, kind, ids, onClose }: BulkDialogProps) {
  const t = useTranslations('users.bulk');
  const common = useTranslations('common');
  const formats = useFormats();
  const { users, failed } = useChosen(ids);
  const [request, setRequest] = useState<((user: BulkUser) => BulkRequest) | null>(null);
  const Form = BULK_FORMS[kind];
  const title = t(`title.${kind}`, { count: ids.length, shown: formats.count(ids.length) });
  const close = () => onClose(new Set());
  return (
    <Modal
      opened
      onClose={close}
      title={title}
      size="lg"
      closeOnClickOutside={request === null}
      closeOnEscape={request === null}
      withCloseButton={request === null}
      closeButtonProps={{ 'aria-label': common('close') }}
    >
      {failed && <Refused text={common('unreachable')} />}
      {!users && !failed && <LinesLoading lines={3} />}
      {users && !request && <Form account={account} users={users} onCancel={close} onStart={(asked) => setRequest(() => asked)} />}
      {users && request && <Running users={users} request={request} onClose={(gone) => onClose(kind === 'delete' ? gone : new Set())} />}
    </Modal>
  );
}

interface RunningProps {
  users: readonly ChosenUser[];
  request: (user: BulkUser) => BulkRequest;
  /** Called with the ids of those that it was done to. */
  onClose: (done: ReadonlySet<string>) => void;
}

function Running({ users, request, onClose }: RunningProps) {
  const t = useTranslations('users.bulk');
  const common = useTranslations('common');
  const { results, running, start, stop } = useBulkRun(request);
  const [begun, setBegun] = useState(false);
  useEffect(() => {
    if (begun) return;
    setBegun(true);
    void start(users);
  }, [begun, start, users]);
  const logins = new Map(users.map(({ id, login }) => [id, login]));
  const entries = [...results];
  const ofState = (state: BulkState) => entries.filter(([, result]) => result.state === state);
  const done = ofState('done');
  const refused = ofState('refused');
  const ended = done.length + refused.length;
  const rest = users.filter(({ id }) => results.get(id)?.state !== 'done');
  const shown = [...refused, ...done.toReversed(), ...ofState('waiting')].slice(0, MOST_SHOWN);
  return (
    <Stack gap="md">
      <div>
        <Text size="sm" mb={6} role="status">
          {running
            ? t('progress', { ended, count: users.length })
            : t('ended', { done: done.length, refused: refused.length, rest: users.length - ended })}
        </Text>
        <Progress value={(ended / users.length) * 100} aria-label={t('progressLabel')} color={refused.length > 0 ? 'orange' : undefined} />
      </div>
      <ScrollArea.Autosize mah={300} type="auto" offsetScrollbars viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': t('results') }}>
        <Stack gap={6} component="ul" p={0} m={0}>
          {shown.map(([id, result]) => (
            <Group key={id} component="li" justify="space-between" gap="sm" wrap="nowrap">
              <Text size="sm" fw={500} truncate>
                {logins.get(id)}
              </Text>
              <Result result={result} />
            </Group>
          ))}
        </Stack>
        {users.length > shown.length && (
          <Text size="sm" c="dimmed" mt={6}>
            {t('more', { count: users.length - shown.length })}
          </Text>
        )}
      </ScrollArea.Autosize>
      <Group justify="flex-end" gap="xs">
        {running && (
          <Button variant="default" onClick={stop}>
            {t('stop')}
          </Button>
        )}
        {!running && rest.length > 0 && (
          <Button variant="default" onClick={() => void start(rest)}>
            {t('again', { count: rest.length })}
          </Button>
        )}
        {!running && <Button onClick={() => onClose(new Set(done.map(([id]) => id)))}>{common('close')}</Button>}
      </Group>
    </Stack>
  );
}

function Result({ result: { state, text } }: { result: BulkResult }) {
  const t = useTranslations('users.bulk');
  const tone = ({ waiting: 'idle', done: 'good', refused: 'bad' } as const)[state];
  return (
    <Text size="sm" component="div" ta="end">
      <State tone={tone}>{text ?? t(`result.${state}`)}</State>
    </Text>
  );
}

/** The chosen users as they are now; those that are gone are left out. */
function useChosen(ids: readonly string[]) {
  const { uncached } = useSession().connection;
  const [users, setUsers] = useState<ChosenUser[] | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let current = true;
    const load = async () => {
      const found: ChosenUser[] = [];
      for (let start = 0; start < ids.length; start += 100) {
        const { data } = await uncached.query(ChosenUsersQuery, { ids: ids.slice(start, start + 100) }).toPromise();
        if (!current) return;
        if (!data?.nodes) return setFailed(true);
        for (const node of data.nodes) if (node?.__typename === 'User') found.push(node);
      }
      setUsers(found.sort((one, other) => one.login.localeCompare(other.login)));
    };
    void load();
    return () => {
      current = false;
    };
    // The choice can't change while the dialog is open.
  }, []);
  return { users, failed };
}
