/** The rooms of the panel, in the order in which they are listed. */

import {
  IconAddressBook,
  IconBan,
  IconBell,
  IconBuilding,
  IconChartBar,
  IconCoins,
  IconHeartbeat,
  IconHistory,
  IconHome,
  IconInbox,
  IconMessages,
  IconPlugConnected,
  IconSend,
  IconSettings,
  IconSignature,
  IconUsers,
  IconUserStar,
  IconWebhook,
  IconWorld,
} from '@tabler/icons-react';
import type { AccountRoom, OperatorRoom } from '~/paths';

type Icon = typeof IconHome;

export const ACCOUNT_ROOMS: readonly (readonly [AccountRoom | 'overview', Icon])[] = [
  ['overview', IconHome],
  ['users', IconUsers],
  ['messages', IconMessages],
  ['send', IconSend],
  ['charts', IconChartBar],
  ['credits', IconCoins],
  ['senders', IconSignature],
  ['incoming', IconInbox],
  ['blacklist', IconBan],
  ['callbacks', IconWebhook],
  ['alerts', IconBell],
  ['audit', IconHistory],
  ['settings', IconSettings],
];

export const OPERATOR_ROOMS: readonly (readonly [OperatorRoom, Icon])[] = [
  ['accounts', IconBuilding],
  ['holders', IconUserStar],
  ['senders', IconAddressBook],
  ['rates', IconWorld],
  ['links', IconPlugConnected],
  ['health', IconHeartbeat],
];
