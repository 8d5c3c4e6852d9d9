import common from './common.json';
import nav from './nav.json';
import signIn from './signIn.json';
import home from './home.json';
import overview from './overview.json';
import users from './users.json';
import userPage from './userPage.json';
import sendWith from './sendWith.json';
import messages from './messages.json';
import message from './message.json';
import send from './send.json';
import charts from './charts.json';
import credits from './credits.json';
import senders from './senders.json';
import blacklist from './blacklist.json';
import incoming from './incoming.json';
import callbacks from './callbacks.json';
import alerts from './alerts.json';
import settings from './settings.json';
import tokens from './tokens.json';
import audit from './audit.json';
import profile from './profile.json';
import operator from './operator.json';
import errors from './errors.json';
import ptt from './ptt.json';

export const texts = {
  common,
  nav,
  signIn,
  home,
  overview,
  users,
  userPage,
  sendWith,
  messages,
  message,
  send,
  charts,
  credits,
  senders,
  blacklist,
  incoming,
  callbacks,
  alerts,
  settings,
  tokens,
  audit,
  profile,
  operator,
  errors,
  ptt,
};

export type Messages = typeof texts;
