/** The filters of the list of messages: as the address has them, as the API takes them, and whether one fits. */

import type { DeliveryStatus } from '~/ui/values';
import type { Message, MessageFilter } from './documents';

export const FILTERS = ['login', 'status', 'ptt', 'receiver', 'tag', 'from', 'to'] as const;
export type Filters = Record<(typeof FILTERS)[number], string>;

export const STATUSES: DeliveryStatus[] = ['CREATED', 'PENDING', 'BUFFERED', 'SUCCESS', 'FAILED', 'NOT_BILLED'];

export const listed = (value: string): string[] => value.split(',').filter(Boolean);

/** Return the filter as the API takes it. */
export function asInput(filters: Filters): MessageFilter {
  const statuses = listed(filters.status).filter((status): status is DeliveryStatus =>
    (STATUSES as string[]).includes(status),
  );
  const codes = listed(filters.ptt).map(Number).filter(Number.isSafeInteger);
  return {
    ...(filters.login && { login: filters.login }),
    ...(filters.receiver && { receiver: filters.receiver }),
    ...(statuses.length > 0 && { status: statuses }),
    ...(codes.length > 0 && { ptt: codes }),
    ...(filters.tag && { tag: filters.tag }),
    ...(filters.from && { createdAfter: filters.from }),
    ...(filters.to && { createdBefore: filters.to }),
  };
}

/** Return whether a message that has come, or changed, belongs to the list. */
export function fits(message: Message, filters: Filters): boolean {
  const { login, receiver, status, ptt, tag } = asInput(filters);
  const created = Date.parse(message.createdAt);
  return (
    (!login || message.userLogin?.toLowerCase() === login.toLowerCase()) &&
    (!receiver || message.receiver === plainNumber(receiver)) &&
    (!status || status.includes(message.status)) &&
    (!ptt || (message.ptt !== null && ptt.includes(message.ptt.code))) &&
    (!tag || message.tag === tag) &&
    (!filters.from || created >= Date.parse(filters.from)) &&
    (!filters.to || created < Date.parse(filters.to))
  );
}

/** Return a number as the API shows it; the server judges whether it is one. */
function plainNumber(text: string): string {
  return text.replace(/[^\d+]/g, '').replace(/^00/, '+');
}
