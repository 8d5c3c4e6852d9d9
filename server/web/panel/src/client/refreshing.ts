/** Asking anew for all that is on the screen, however often that is wanted at once. */

import { type Client, makeOperation, mapExchange, type Exchange, type Operation } from 'urql';

const PAUSE_MS = 1_500;

export class Refreshing {
  private readonly watched = new Map<number, Operation>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private last = 0;
  private client: Client | undefined;

  /** Keeps in mind which queries a page waits for. */
  readonly exchange: Exchange = (input) => {
    this.client = input.client;
    return mapExchange({
      onOperation: (operation) => {
        if (operation.kind === 'query') this.watched.set(operation.key, operation);
        else if (operation.kind === 'teardown') this.watched.delete(operation.key);
      },
    })(input);
  };

  /** Ask anew: now, or a moment after the last time, so that a thousand changes in a row do not ask a thousand times. */
  readonly refresh = (): void => {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => this.ask(), Math.max(0, this.last + PAUSE_MS - Date.now()));
  };

  private ask(): void {
    this.timer = undefined;
    this.last = Date.now();
    for (const operation of this.watched.values()) {
      const context = { ...operation.context, requestPolicy: 'network-only' as const };
      this.client?.reexecuteOperation(makeOperation('query', operation, context));
    }
  }
}
