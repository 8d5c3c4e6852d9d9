/** What narrows the ledger, kept in the address. */

import { useMemo } from 'react';
import { useAddress } from '~/ui/address';
import type { EntryKind } from './documents';

export const KINDS = [
  'GRANT',
  'CORRECTION',
  'TRANSFER_OUT',
  'TRANSFER_IN',
  'QUOTA_SET',
  'QUOTA_ADJUSTED',
  'QUOTA_RELEASED',
  'MESSAGE',
  'REFUND',
  'ALERT_SMS',
] as const satisfies readonly EntryKind[];

const NAMES = ['kind', 'login', 'from', 'to'] as const;

export function useLedgerFilter() {
  const [address, set] = useAddress(NAMES);
  const kind = KINDS.find((known) => known === address.kind);
  const filter = useMemo(
    () => ({
      kind: kind ?? null,
      login: address.login || null,
      occurredAfter: address.from || null,
      occurredBefore: address.to || null,
    }),
    [kind, address],
  );
  const active = NAMES.filter((name) => address[name] !== '').length;
  const clear = () => set({ kind: null, login: null, from: null, to: null });
  return { address, set, filter, active, clear };
}
