/**
 * Subscriptions over one WebSocket, each resumed where it stopped: after a cut it begins again after the last cursor
 * that came, so that nothing is missed or told twice.
 */

import { createClient, type Client } from 'graphql-ws';
import type { subscriptionExchange } from 'urql';

type Forward = Parameters<typeof subscriptionExchange>[0]['forwardSubscription'];
type Answer = { data?: Record<string, { cursor?: string } | null> | null; errors?: readonly { extensions?: object }[] };

/** What a person is told of the live connection. */
export type LiveState = 'idle' | 'live' | 'waiting';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** After these codes, trying the same again leads nowhere; others pass. */
const LASTING = new Set(['UNAUTHENTICATED', 'FORBIDDEN', 'UNKNOWN_ACCOUNT', 'UNKNOWN_USER', 'BAD_USER_INPUT']);

export class Socket {
  state: LiveState = 'idle';
  private readonly over = new AbortController();
  /** Aborted once the person has signed out, or another has signed in. */
  readonly ended = this.over.signal;
  private readonly client: Client;
  private readonly listeners = new Set<() => void>();
  private following = 0;

  constructor(url: string) {
    this.client = createClient({ url, retryAttempts: 0, lazyCloseTimeout: 2_000, keepAlive: 20_000 });
  }

  /** Follow one operation until it is unsubscribed from. */
  readonly forward: Forward = (operation) => ({
    subscribe: (sink) => {
      let after = (operation.variables as { after?: string | null } | undefined)?.after ?? undefined;
      let stop = () => {};
      let timer: ReturnType<typeof setTimeout> | undefined;
      let pause = FIRST_PAUSE_MS;
      let ended = false;
      this.following += 1;

      const begin = () => {
        const variables = { ...(operation.variables as object), ...(after ? { after } : {}) };
        stop = this.client.subscribe(
          { query: operation.query ?? '', variables },
          {
            next: (answer) => {
              const { data, errors } = answer as Answer;
              const cursor = data ? Object.values(data)[0]?.cursor : undefined;
              if (cursor) after = cursor;
              pause = FIRST_PAUSE_MS;
              this.tell('live');
              if (errors?.length && !data) {
                if (codesOf(errors).some((code) => code === 'CURSOR_EXPIRED')) after = undefined;
                if (!codesOf(errors).some((code) => LASTING.has(code))) return;
              }
              sink.next(answer as Parameters<typeof sink.next>[0]);
            },
            error: (reason) => resume(codesOf(reason)),
            complete: () => resume([]),
          },
        );
      };

      const resume = (codes: string[]) => {
        if (ended) return;
        if (codes.includes('CURSOR_EXPIRED')) after = undefined;
        if (codes.some((code) => LASTING.has(code))) {
          sink.complete();
          return;
        }
        this.tell('waiting');
        timer = setTimeout(
          () => {
            timer = undefined;
            begin();
          },
          pause * (0.75 + Math.random() / 2),
        );
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      };

      const wake = () => {
        if (timer === undefined || ended) return;
        clearTimeout(timer);
        timer = undefined;
        pause = FIRST_PAUSE_MS;
        begin();
      };
      const off = this.client.on('connected', () => this.tell('live'));
      window.addEventListener('online', wake);
      begin();
      return {
        unsubscribe: () => {
          ended = true;
          clearTimeout(timer);
          window.removeEventListener('online', wake);
          off();
          stop();
          this.following -= 1;
          if (this.following === 0) this.tell('idle');
        },
      };
    },
  });

  /** Hear of each change of the state; returns what ends that. */
  readonly onChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** End all that is followed, as at a sign-out. */
  dispose(): void {
    this.over.abort();
    void this.client.dispose();
  }

  private tell(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

function codesOf(errors: unknown): string[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: { extensions?: { code?: string } }) => error.extensions?.code ?? []);
}
