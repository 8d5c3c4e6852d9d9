/**
 * Many requests, one after the other. Each caller has a budget of points, which all their windows and programs share:
 * a long row of requests leaves half of it to the others, and waits where it is used up.
 */

import type { AnyVariables, Client, CombinedError, OperationResult, TypedDocumentNode } from 'urql';
import { graphql } from '~/graphql';
import { codeOf } from './client';

const BudgetQuery = graphql(`
  query PacedBudget {
    viewer { rateLimit { capacity restoredPerSecond } }
  }
`);

const SHARE_OF_OTHERS = 0.5;
const TRIES = 6;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

interface Cost {
  available: number;
}

/** What ends a row of requests: the server's refusal, or that it was not reached in several tries. */
export class PacedFailure extends Error {
  readonly reason: CombinedError;

  constructor(reason: CombinedError) {
    super(reason.message);
    this.reason = reason;
  }
}

export class PacedRequests {
  private budget: { capacity: number; restoredPerSecond: number } | undefined;
  private lastCost: Cost | undefined;
  private readonly client: Client;
  private readonly signal: AbortSignal;
  private readonly onWait: (waits: boolean) => void;

  /** `onWait` hears when a pause begins and when it ends. */
  constructor(client: Client, signal: AbortSignal, onWait: (waits: boolean) => void = () => {}) {
    this.client = client;
    this.signal = signal;
    this.onWait = onWait;
  }

  /**
   * Ask, again where the server was not reached or had no time: what changes something needs an idempotency key.
   *
   * Throws a PacedFailure, or the signal's reason once that is aborted.
   */
  async ask<Data, Variables extends AnyVariables>(
    kind: 'query' | 'mutation',
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    await this.learnBudget();
    // Before a request, not after one: what it answered is told at once.
    await this.leaveToOthers(this.lastCost);
    let pause = FIRST_PAUSE_MS;
    for (let tries = 1; ; tries += 1) {
      this.signal.throwIfAborted();
      const result = await this.send(kind, document, variables);
      if (result.data && !result.error) {
        this.lastCost = result.extensions?.cost as Cost | undefined;
        return result.data;
      }
      const error = result.error;
      if (!error) throw new Error('The answer has neither data nor errors.');
      const retryAfter = retryAfterOf(error);
      const passes = error.networkError !== undefined || retryAfter !== undefined;
      // Being asked to wait is no failure, however often; an unreachable server is one after some tries.
      if (!passes || (codeOf(error) !== 'THROTTLED' && tries >= TRIES)) throw new PacedFailure(error);
      await this.wait(retryAfter === undefined ? pause : retryAfter * 1_000);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }

  private send<Data, Variables extends AnyVariables>(
    kind: 'query' | 'mutation',
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<OperationResult<Data, Variables>> {
    // What is under way is let come to its end where it changes something: its answer says what was done.
    if (kind === 'mutation') return this.client.mutation(document, variables).toPromise();
    return new Promise((resolve, reject) => {
      const stop = () => {
        unsubscribe();
        reject(this.signal.reason);
      };
      const { unsubscribe } = this.client.query(document, variables).subscribe((result) => {
        this.signal.removeEventListener('abort', stop);
        resolve(result);
      });
      this.signal.addEventListener('abort', stop, { once: true });
    });
  }

  private async learnBudget(): Promise<void> {
    if (this.budget) return;
    const { data } = await this.client.query(BudgetQuery, {}).toPromise();
    this.budget = data?.viewer?.rateLimit;
  }

  private async leaveToOthers(cost: Cost | undefined): Promise<void> {
    if (!cost || !this.budget) return;
    const missing = this.budget.capacity * SHARE_OF_OTHERS - cost.available;
    if (missing > 0) await this.wait(Math.min((missing / this.budget.restoredPerSecond) * 1_000, LONGEST_PAUSE_MS));
  }

  private async wait(milliseconds: number): Promise<void> {
    this.onWait(true);
    try {
      await pauseFor(milliseconds, this.signal);
    } finally {
      this.onWait(false);
    }
  }
}

/** Wait; throws the signal's reason where that is aborted meanwhile. */
export function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function retryAfterOf(error: CombinedError): number | undefined {
  const seconds = error.graphQLErrors.find(({ extensions }) => typeof extensions.retryAfter === 'number')?.extensions.retryAfter;
  return seconds as number | undefined;
}
