/**
 * Sendings of more than one request, kept in the browser until they are done: a reload, or the next day, goes on where
 * they stopped.
 */

import type { MessageInput } from './documents';
import type { Receivers, RefusedRow } from './receivers';

/** The most receivers that one request takes. */
export const BATCH = 1_000;

export interface Job {
  id: string;
  account: string;
  /** Whose it is, as the API names them. */
  owner: string;
  input: MessageInput;
  batches: number;
  /** The batch that is sent next: those before it are done. */
  next: number;
  /** How many are sent to in all, as far as the page can tell. */
  receivers: number;
  accepted: number;
  /** How many rows were refused: `setAside` of them by the page, which are none of the receivers. */
  refused: number;
  setAside: number;
  credits: string;
  createdAt: number;
  /** When a batch was last sent. */
  touchedAt: number;
  /** The message, where there is one receiver. */
  messageId: string | null;
}

interface Batch {
  job: string;
  index: number;
  numbers: string[];
  rows: number[];
}

interface Refusals {
  job: string;
  index: number;
  refused: RefusedRow[];
}

/** What the page itself refuses comes before what the server refuses. */
const PAGES_OWN = -1;

/** Return the key by which the server does a batch once, however often it is sent. */
export const batchKey = (job: Job, index: number): string => `${job.id}-${index}`;

const DATABASE = 'chappe.sendings';
const STORES = ['jobs', 'batches', 'refusals'] as const;

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('jobs', { keyPath: 'id' });
    request.result.createObjectStore('batches', { keyPath: ['job', 'index'] });
    request.result.createObjectStore('refusals', { keyPath: ['job', 'index'] });
  };
  return answer(request);
}

function answer<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Do some work in one transaction: all of it is kept, or nothing. */
async function inTransaction<Result>(
  mode: IDBTransactionMode,
  work: (store: (name: (typeof STORES)[number]) => IDBObjectStore) => Promise<Result> | Result,
): Promise<Result> {
  const database = await open();
  try {
    const transaction = database.transaction([...STORES], mode, { durability: 'strict' });
    const ended = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await work((name) => transaction.objectStore(name));
    await ended;
    return result;
  } finally {
    database.close();
  }
}

const allOf = (job: string): IDBKeyRange => IDBKeyRange.bound([job, PAGES_OWN], [job, Number.MAX_SAFE_INTEGER]);

/** Keep a new job with all its batches. */
export function createJob(job: Job, receivers: Receivers): Promise<void> {
  return inTransaction('readwrite', (store) => {
    store('jobs').add(job);
    store('refusals').add({ job: job.id, index: PAGES_OWN, refused: receivers.refused } satisfies Refusals);
    for (let index = 0; index < job.batches; index += 1) {
      const [from, to] = [index * BATCH, (index + 1) * BATCH];
      store('batches').add({
        job: job.id,
        index,
        numbers: receivers.numbers.slice(from, to),
        rows: receivers.rows.slice(from, to),
      } satisfies Batch);
    }
  });
}

/** Return the jobs of an account that one person has begun here, newest first. */
export async function findJobs(account: string, owner: string): Promise<Job[]> {
  const jobs = await inTransaction('readonly', (store) => answer<Job[]>(store('jobs').getAll()));
  return jobs.filter((job) => job.account === account && job.owner === owner).sort((one, other) => other.createdAt - one.createdAt);
}

export function readBatch(job: Job, index: number): Promise<Batch | undefined> {
  return inTransaction('readonly', (store) => answer<Batch | undefined>(store('batches').get([job.id, index])));
}

/** Keep that a batch is about to be sent. */
export async function touchJob(job: Job): Promise<void> {
  await inTransaction('readwrite', (store) => answer(store('jobs').put(job)));
}

/** Keep what became of a batch: it is not needed any more, and the job goes on with the next. */
export function finishBatch(job: Job, index: number, refused: RefusedRow[]): Promise<void> {
  return inTransaction('readwrite', (store) => {
    store('jobs').put(job);
    store('batches').delete([job.id, index]);
    if (refused.length > 0) store('refusals').put({ job: job.id, index, refused } satisfies Refusals);
  });
}

/** Return all that was refused, by the page and by the server. */
export async function readRefusals(job: Job): Promise<RefusedRow[]> {
  const kept = await inTransaction('readonly', (store) => answer<Refusals[]>(store('refusals').getAll(allOf(job.id))));
  return kept.flatMap(({ refused }) => refused).sort((one, other) => one.row - other.row);
}

/** Return whom nothing was sent to yet. */
export async function readRest(job: Job): Promise<{ number: string; row: number }[]> {
  const kept = await inTransaction('readonly', (store) => answer<Batch[]>(store('batches').getAll(allOf(job.id))));
  return kept.flatMap(({ numbers, rows }) => numbers.map((number, index) => ({ number, row: rows[index] ?? 0 })));
}

/** Forget a job and all that belongs to it. */
export function forgetJob(job: Job): Promise<void> {
  return inTransaction('readwrite', (store) => {
    store('jobs').delete(job.id);
    store('batches').delete(allOf(job.id));
    store('refusals').delete(allOf(job.id));
  });
}
