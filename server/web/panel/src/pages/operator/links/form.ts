/** What the form of a new link has in it, and what becomes of that. */

import type { VariablesOf } from '~/graphql';
import type { CreateLink } from './documents';

export const WAYS = ['SMPP', 'OVHCLOUD', 'TWILIO', 'SMSGATE'] as const;

export type Way = (typeof WAYS)[number];
export type HttpField = 'url' | 'user' | 'password' | 'account' | 'secondKey';

/** What each API takes; the others are of no use to it. */
export const FIELDS_OF: Record<Exclude<Way, 'SMPP'>, readonly HttpField[]> = {
  OVHCLOUD: ['account', 'user', 'password', 'secondKey'],
  TWILIO: ['user', 'password', 'account', 'secondKey'],
  SMSGATE: ['url', 'user', 'password', 'account', 'secondKey'],
};

/** Without these no request can be made: Twilio's account is the user's, and SMSGate's are for incoming messages. */
const NEEDED: Record<Way, readonly (HttpField | 'host' | 'systemId')[]> = {
  SMPP: ['host', 'systemId', 'password'],
  OVHCLOUD: ['account', 'user', 'password', 'secondKey'],
  TWILIO: ['user', 'password'],
  SMSGATE: ['user', 'password'],
};

export const NOTHING_YET = {
  way: 'SMPP' as Way,
  name: '',
  host: '',
  port: '',
  tls: false,
  systemId: '',
  password: '',
  url: '',
  user: '',
  account: '',
  secondKey: '',
  window: '10',
  perSecond: '20',
  enabled: true,
};

export type LinkForm = typeof NOTHING_YET;

export const isComplete = (form: LinkForm): boolean =>
  form.name.trim() !== '' && NEEDED[form.way].every((field) => form[field].trim() !== '');

/** Return the form as createLink takes it; what is empty stays as it is at first. */
export function inputOf(form: LinkForm): VariablesOf<typeof CreateLink>['input'] {
  const { way, name, password, enabled } = form;
  const input = {
    name: name.trim(),
    password: password || null,
    window: whole(form.window),
    perSecond: whole(form.perSecond),
    enabled,
  };
  if (way === 'SMPP') {
    return { ...input, host: form.host.trim(), port: whole(form.port), tls: form.tls, systemId: form.systemId.trim() };
  }
  const given = FIELDS_OF[way].filter((field) => field !== 'password' && form[field].trim() !== '');
  return { ...input, http: { preset: way, ...Object.fromEntries(given.map((field) => [field, form[field].trim()])) } };
}

const whole = (text: string): number | null => (text === '' ? null : Number(text));
