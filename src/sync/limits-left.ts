/**
 * The limits of a method that waits several times: one timeout for all its waits together.
 */
import { clock } from '../core/clock.ts';
import type { CallOptions, WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';

export class LimitsLeft {
  readonly #options: WaitOptions | undefined;
  readonly #end: number;

  /** @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`. */
  constructor(options: WaitOptions | undefined) {
    checkLimits(options);
    this.#options = options;
    this.#end = clock().now() + (options?.timeout ?? Infinity);
  }

  /** For the next wait. */
  get left(): CallOptions | undefined {
    if (!this.#options) return undefined;
    const { timeout } = this.#options;
    const signal = this.#options.signal ?? undefined;
    if (timeout === undefined || timeout === Infinity) return { signal };
    return { signal, timeout: Math.max(0, this.#end - clock().now()), whole: timeout };
  }
}
