/**
 * Sends a job batch by batch. It goes on while other pages of the panel are shown, until it is done, somebody stops it,
 * or the server refuses. The server's idempotency keys, not this, keep a batch from being sent twice.
 */

import type { Client } from 'urql';
import { plus } from '~/client/credits';
import { PacedFailure, PacedRequests } from '~/client/paced';
import type { Connection } from '~/client/client';
import { SendBatch } from './documents';
import { batchKey, finishBatch, type Job, readBatch, touchJob } from './job-store';
import type { RefusedRow } from './receivers';

/** Keys are kept for 7 days: what may have been sent longer ago is not sent again. */
const RESUMED_WITHIN_MS = 6 * 86_400_000;

export const isTooOld = (job: Job): boolean => job.next > 0 && Date.now() - job.touchedAt > RESUMED_WITHIN_MS;

/** Why a job stopped before its end, other than because somebody stopped it. */
export type Stop =
  | { kind: 'refused'; code: string; message: string }
  | { kind: 'failed'; failure: PacedFailure }
  | { kind: 'elsewhere' }
  | { kind: 'broken'; message: string };

export interface RunState {
  job: Job;
  isRunning: boolean;
  /** Whether it pauses, so that others get their turn. */
  waits: boolean;
  stop: Stop | null;
}

class Refused extends Error {
  readonly refusal: { code: string; message: string };

  constructor(refusal: { code: string; message: string }) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

class JobRunner {
  private states: ReadonlyMap<string, RunState> = new Map();
  private readonly controllers = new Map<string, AbortController>();
  private readonly listeners = new Set<() => void>();

  readonly onChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** What is known of a job that was started since the page was loaded. */
  state(id: string): RunState | undefined {
    return this.states.get(id);
  }

  start({ uncached, socket }: Connection, job: Job): void {
    if (this.states.get(job.id)?.isRunning) return;
    const controller = new AbortController();
    this.controllers.set(job.id, controller);
    this.tell({ job, isRunning: true, waits: false, stop: null });
    const signal = AbortSignal.any([controller.signal, socket.ended]);
    void alone(job.id, () => this.run(uncached, job, signal))
      .then((wasAlone): Stop | null => (wasAlone ? null : { kind: 'elsewhere' }))
      .catch((error: unknown) => (signal.aborted ? null : reasonOf(error)))
      .then((stop) => {
        this.tell({ ...(this.states.get(job.id) ?? { job, waits: false }), isRunning: false, waits: false, stop });
      });
  }

  stop(id: string): void {
    this.controllers.get(id)?.abort();
  }

  private async run(client: Client, first: Job, signal: AbortSignal): Promise<void> {
    let job = first;
    const requests = new PacedRequests(client, signal, (waits) => this.tell({ job, isRunning: true, waits, stop: null }));
    while (job.next < job.batches) {
      signal.throwIfAborted();
      const index = job.next;
      const batch = await readBatch(job, index);
      if (!batch) throw new Error(`The batch ${index} is not kept.`);
      job = { ...job, touchedAt: Date.now() };
      await touchJob(job);
      const { sendMessage: sent } = await requests.ask('mutation', SendBatch, {
        input: { ...job.input, receivers: batch.numbers, idempotencyKey: batchKey(job, index) },
        single: job.receivers === 1,
      });
      const refusal = sent?.userErrors[0];
      if (!sent || refusal) throw new Refused(refusal ?? { code: 'INTERNAL_SERVER_ERROR', message: '' });
      const refused = sent.receivers.flatMap(({ accepted, receiver, code, reason }, position): RefusedRow[] =>
        accepted || !code ? [] : [{ row: batch.rows[position] ?? 0, receiver, code, reason }],
      );
      job = {
        ...job,
        next: index + 1,
        accepted: job.accepted + batch.numbers.length - refused.length,
        refused: job.refused + refused.length,
        credits: plus(job.credits, sent.credits ?? '0'),
        messageId: sent.receivers[0]?.message?.id ?? null,
      };
      await finishBatch(job, index, refused);
      this.tell({ job, isRunning: true, waits: false, stop: null });
    }
  }

  private tell(state: RunState): void {
    this.states = new Map(this.states).set(state.job.id, state);
    const isAny = [...this.states.values()].some(({ isRunning }) => isRunning);
    window.onbeforeunload = isAny ? (event) => event.preventDefault() : null;
    for (const listener of this.listeners) listener();
  }
}

export const runner = new JobRunner();

/** Do some work unless another window does it; where the browser has no locks, the server's keys have to do. */
async function alone(id: string, work: () => Promise<void>): Promise<boolean> {
  if (!navigator.locks) {
    await work();
    return true;
  }
  return navigator.locks.request(`chappe.sending.${id}`, { ifAvailable: true }, async (lock) => {
    if (lock) await work();
    return lock !== null;
  });
}

function reasonOf(error: unknown): Stop {
  if (error instanceof Refused) return { kind: 'refused', ...error.refusal };
  if (error instanceof PacedFailure) return { kind: 'failed', failure: error };
  return { kind: 'broken', message: error instanceof Error ? error.message : String(error) };
}
