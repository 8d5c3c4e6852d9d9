/** The messages that are filtered, page by page into a file that the browser holds. */

import type { Client } from 'urql';
import { PacedRequests } from '~/client/paced';
import { BYTE_ORDER_MARK, csvLine } from '~/files/csv';
import { graphql, type ResultOf } from '~/graphql';
import type { MessageFilter } from './documents';

const ExportQuery = graphql(`
  query MessagesExport($account: String!, $filter: MessageFilter, $after: String) {
    messages(account: $account, filter: $filter, first: 100, after: $after) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number createdAt userLogin sender receiver status statusChangedAt ptt { code description }
        coding parts credits tag deferredUntil sentAt link body
      }
    }
  }
`);

type Exported = NonNullable<ResultOf<typeof ExportQuery>['messages']>['nodes'][number];

/** A file of so many lines opens in spreadsheets, and takes some minutes of the reader's budget. */
export const MOST_ROWS = 100_000;

/** The columns are named as the API names the fields, in every language: programs read such files. */
const COLUMNS: [name: string, value: (message: Exported) => string | number | null | undefined][] = [
  ['number', ({ number }) => number],
  ['createdAt', ({ createdAt }) => createdAt],
  ['userLogin', ({ userLogin }) => userLogin],
  ['sender', ({ sender }) => sender],
  ['receiver', ({ receiver }) => receiver],
  ['status', ({ status }) => status],
  ['statusChangedAt', ({ statusChangedAt }) => statusChangedAt],
  ['ptt', ({ ptt }) => ptt?.code],
  ['pttDescription', ({ ptt }) => ptt?.description],
  ['coding', ({ coding }) => coding],
  ['parts', ({ parts }) => parts],
  ['credits', ({ credits }) => credits],
  ['tag', ({ tag }) => tag],
  ['deferredUntil', ({ deferredUntil }) => deferredUntil],
  ['sentAt', ({ sentAt }) => sentAt],
  ['link', ({ link }) => link],
  ['body', ({ body }) => body],
];

export interface ExportProgress {
  rows: number;
  /** Whether there are more than a file takes. */
  isCut: boolean;
  waits: boolean;
}

/**
 * Read what the filter lets through, newest first, into a file. What was read before the signal is aborted, or before
 * the server fails, is in the file too; `failure` says why it ended early.
 */
export async function exportMessages(
  client: Client,
  account: string,
  filter: MessageFilter,
  signal: AbortSignal,
  tell: (progress: ExportProgress) => void,
): Promise<{ file: Blob; rows: number; failure: unknown }> {
  const progress: ExportProgress = { rows: 0, isCut: false, waits: false };
  const requests = new PacedRequests(client, signal, (waits) => tell({ ...Object.assign(progress, { waits }) }));
  // A blob is kept outside of the page's memory, on the disk where it grows.
  let file = new Blob([BYTE_ORDER_MARK, csvLine(COLUMNS.map(([name]) => name))]);
  let failure: unknown;
  let after: string | null = null;
  try {
    do {
      const data: ResultOf<typeof ExportQuery> = await requests.ask('query', ExportQuery, { account, filter, after });
      const page = data.messages;
      if (!page) break;
      const lines = page.nodes.map((message) => csvLine(COLUMNS.map(([, value]) => value(message))));
      file = new Blob([file, ...lines]);
      progress.rows += lines.length;
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      progress.isCut = after !== null && progress.rows >= MOST_ROWS;
      tell({ ...progress });
    } while (after !== null && !progress.isCut);
  } catch (error) {
    failure = error;
  }
  return { file: new Blob([file], { type: 'text/csv;charset=utf-8' }), rows: progress.rows, failure };
}
