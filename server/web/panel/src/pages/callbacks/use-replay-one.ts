import { notifications } from '@mantine/notifications';
import { useEffect } from 'react';
import { useTranslations } from 'use-intl';
import { useAction } from '~/client/action';
import { done } from '~/ui/dialog';
import { ReplayCallbacks, type ReplayInput } from './documents';

interface Replayable {
  kind: 'STATUS' | 'STOP' | 'TEST';
  state: string;
  createdAt: string;
  message: { id: string } | null;
}

const SECOND_MS = 1_000;

/** Call once more what one callback told: of its message, or the STOP that came at that time. */
export function useReplayOne(account: string, callback: Replayable | null, onReplayed: () => void) {
  const t = useTranslations('callbacks');
  const { run, busy, general, errors } = useAction(ReplayCallbacks);
  const refused = general ?? Object.values(errors)[0];
  useEffect(() => {
    if (refused) notifications.show({ message: refused, color: 'red', withBorder: true });
  }, [refused]);
  const input = callback && inputFor(account, callback);
  const replay = async () => {
    if (!input) return;
    const payload = await run({ input });
    if (!payload) return;
    done(t('replayed', { count: payload.replayed ?? 0 }));
    onReplayed();
  };
  return { replay, busy, canReplay: input !== null };
}

function inputFor(account: string, { kind, state, createdAt, message }: Replayable): ReplayInput | null {
  const deliveredToo = state === 'DELIVERED';
  if (message) return { messageId: message.id, deliveredToo };
  // A test is sent anew from where the URL is set.
  if (kind !== 'STOP') return null;
  const at = Date.parse(createdAt);
  return {
    account,
    from: new Date(at - SECOND_MS).toISOString(),
    to: new Date(at + SECOND_MS).toISOString(),
    stops: true,
    deliveredToo,
  };
}
