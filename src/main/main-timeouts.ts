/**
 * The running timeouts of plain code on the main thread.
 *
 * Plain code blocks in its waits, and so has closed its timeouts before anything else runs here. One that is open when a
 * microtask gets its turn belongs to an async function that awaits something, where nothing could ever throw it. What was
 * begun to be waited for while it was open, in the same stretch, fails then and says so.
 */
import { CoppiceError } from '../core/errors.ts';
import { TimeoutScope, type Timeout } from '../core/timeout.ts';

type Interrupt = (error: unknown) => void;

export class MainTimeouts extends TimeoutScope {
  /** The timeouts of this stretch, with those who began to wait under each. */
  readonly #fresh = new Map<Timeout, Set<Interrupt>>();

  override add(timeout: Timeout): void {
    super.add(timeout);
    if (this.#fresh.size === 0) queueMicrotask(() => this.#stretchEnded());
    this.#fresh.set(timeout, new Set());
  }

  override remove(timeout: Timeout): void {
    super.remove(timeout);
    this.#fresh.delete(timeout);
  }

  /** A coroutine begins to wait. @returns what tells that it no longer does; `undefined` when no timeout is open. */
  join(interrupt: Interrupt): (() => void) | undefined {
    if (this.#fresh.size === 0) return undefined;
    const all = [...this.#fresh.values()];
    for (const waits of all) waits.add(interrupt);
    return () => {
      for (const waits of all) waits.delete(interrupt);
    };
  }

  #stretchEnded(): void {
    const open = [...this.#fresh];
    this.#fresh.clear();
    for (const [timeout, waits] of open)
      for (const interrupt of waits) interrupt(cannotLimit(timeout));
  }
}

function cannotLimit({ ms }: Timeout): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_TIMEOUT_IN_COROUTINE',
    `new Timeout(${ms}) cannot limit what an async function awaits on the main thread. ` +
      `Write await withTimeoutAsync(${ms}, async () => { … }).`,
  );
}
