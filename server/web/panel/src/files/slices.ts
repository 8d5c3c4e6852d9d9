/** Long work on the page's own thread, in slices between which the page answers to its reader. */

const SLICE_MS = 8;

/** Lets the page have a turn whenever a slice of work has taken long enough. */
export class Slices {
  private began = performance.now();
  private readonly signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  /** Whether the page is to have a turn: cheap enough to ask for every line. */
  get due(): boolean {
    return performance.now() - this.began > SLICE_MS;
  }

  /** Throws the signal's reason once that is aborted. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    this.signal.throwIfAborted();
    this.began = performance.now();
  }
}
