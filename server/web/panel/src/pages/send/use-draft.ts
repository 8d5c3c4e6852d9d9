/** The message that is being written: kept for the session, so that a look at another page loses nothing of it. */

import { useSessionStorage } from '@mantine/hooks';
import { useCallback, useMemo } from 'react';
import { useViewer } from '~/session';
import type { SendingAccountData } from './documents';
import { type Draft, EMPTY_DRAFT } from './draft';

/** The draft of one person for one account; its first sender stands for none, and for one that there is no more. */
export function useDraft({ name: account, senders }: SendingAccountData) {
  const { name } = useViewer();
  const [kept, setKept, forget] = useSessionStorage<Draft>({
    key: `chappe.draft.${account}.${name}`,
    defaultValue: EMPTY_DRAFT,
    getInitialValueInEffect: false,
  });
  const draft = useMemo(() => {
    const names = senders.nodes.map((sender) => sender.name);
    return { ...kept, sender: names.includes(kept.sender) ? kept.sender : (names[0] ?? '') };
  }, [kept, senders]);
  const change = useCallback((changes: Partial<Draft>) => setKept((before) => ({ ...before, ...changes })), [setKept]);
  const isEmpty = Object.entries({ ...kept, sender: '' }).every(([field, value]) => value === EMPTY_DRAFT[field as keyof Draft]);
  return { draft, change, forget, isEmpty };
}
