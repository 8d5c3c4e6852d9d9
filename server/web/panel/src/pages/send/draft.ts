/** What the form of the page has in it. */

import type { MessageInput } from './documents';
import { instantIn } from './zoned';

export interface Draft {
  sender: string;
  text: string;
  /** The receivers, as they were typed or pasted. */
  pasted: string;
  /** Whether 33612345678 is read as +33612345678. */
  addsPlus: boolean;
  coding: '' | 'GSM_7BIT' | 'UNICODE';
  messageClass: '' | 'FLASH' | 'PHONE' | 'SIM' | 'DEVICE';
  isAdvertising: boolean;
  tag: string;
  /** On the clocks of the account's time zone; empty for at once. */
  deferredTo: string;
}

export const EMPTY_DRAFT: Draft = {
  sender: '',
  text: '',
  pasted: '',
  addsPlus: false,
  coding: '',
  messageClass: '',
  isAdvertising: true,
  tag: '',
  deferredTo: '',
};

/** Return a draft as the API takes it, but for its receivers. */
export function asInput(draft: Draft, account: { name: string; timeZone: string }): MessageInput {
  return {
    account: account.name,
    sender: draft.sender,
    text: draft.text,
    coding: draft.coding || null,
    messageClass: draft.messageClass || null,
    noStop: !draft.isAdvertising,
    tag: draft.tag.trim() || null,
    deferredUntil: instantIn(draft.deferredTo, account.timeZone)?.toISOString() ?? null,
  };
}
