/** Where each page is. */

export type AccountRoom =
  | 'users'
  | 'messages'
  | 'send'
  | 'charts'
  | 'credits'
  | 'senders'
  | 'blacklist'
  | 'incoming'
  | 'callbacks'
  | 'alerts'
  | 'audit'
  | 'settings';

export const accountPath = (account: string, room?: AccountRoom, query?: Record<string, string>): string =>
  `/accounts/${encodeURIComponent(account)}${room ? `/${room}` : ''}${search(query)}`;

export const userPath = (account: string, login: string, tab?: 'send'): string =>
  `${accountPath(account, 'users')}/${encodeURIComponent(login)}${tab ? `/${tab}` : ''}`;

export const messagePath = (account: string, id: string): string =>
  `${accountPath(account, 'messages')}/${encodeURIComponent(id)}`;

export type OperatorRoom = 'accounts' | 'holders' | 'senders' | 'rates' | 'links' | 'health';

export const operatorPath = (room: OperatorRoom): string => `/operator/${room}`;

function search(query: Record<string, string> | undefined): string {
  return query ? `?${new URLSearchParams(query)}` : '';
}
