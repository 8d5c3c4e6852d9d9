/**
 * Sending a test as the user does: with a token that acts as it, made for this and revoked at once. So its quota pays,
 * and its restrictions hold.
 */

import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { useFailureText, useRefusalText } from '~/client/action';
import { asBearer } from '~/client/client';
import { useSession } from '~/session';
import { CreateTestToken, RevokeTestToken, SendTest } from './documents';

const LIFETIME_SECONDS = 60;

export interface Test {
  account: string;
  login: string;
  sender: string;
  receiver: string;
  text: string;
}

/** The message that was sent, and where its log was then. */
export interface Sent {
  id: string;
  cursor: string | undefined;
}

export function useSendTest() {
  const t = useTranslations('sendWith');
  const { uncached, refresh } = useSession().connection;
  const refusalText = useRefusalText();
  const failureText = useFailureText();
  const [busy, setBusy] = useState(false);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [sent, setSent] = useState<Sent | null>(null);

  const attempt = async ({ account, login, sender, receiver, text }: Test): Promise<Record<string, string>> => {
    const user = { account, login };
    const made = await uncached
      .mutation(CreateTestToken, {
        input: { label: t('tokenLabel'), scopes: ['READ', 'SEND'], lifetimeSeconds: LIFETIME_SECONDS, user },
      })
      .toPromise();
    const token = made.data?.createAccessToken;
    const [refusal] = token?.userErrors ?? [];
    if (refusal) return { general: refusalText(refusal) };
    if (!token?.secret || !token.accessToken) return { general: failureText(made.error) };
    const input = { account, sender, receivers: [receiver], text, idempotencyKey: crypto.randomUUID() };
    const answer = await asBearer(token.secret).mutation(SendTest, { input }).toPromise();
    await uncached.mutation(RevokeTestToken, { id: token.accessToken.id }).toPromise();
    const payload = answer.data?.sendMessage;
    if (!payload) return { general: failureText(answer.error) };
    const [refused] = payload.userErrors;
    if (refused) return { [fieldOf(refused.field)]: refusalText(refused) };
    const [verdict] = payload.receivers;
    if (!verdict?.message) {
      return { receiver: refusalText({ code: verdict?.code ?? '', message: verdict?.reason ?? '' }) };
    }
    setSent({ id: verdict.message.id, cursor: verdict.message.events.at(-1)?.cursor });
    return {};
  };

  const send = async (test: Test) => {
    setBusy(true);
    setErrors({});
    setErrors(await attempt(test));
    setBusy(false);
    refresh();
  };
  return { send, busy, errors, sent };
}

function fieldOf(path: readonly string[]): string {
  if (path.includes('receivers')) return 'receiver';
  if (path.includes('text')) return 'text';
  return path.includes('sender') ? 'sender' : 'general';
}
