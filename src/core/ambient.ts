/**
 * The time limits of coroutines: every wait that is begun inside a `withTimeoutAsync`, however deep, is ended by it. The
 * scope travels with the async context.
 *
 * Invariant: a limit that fires is thrown in every wait that is under way in its scope, or, when there is none, in the
 * next one; and from then on in no other. So what a `finally` waits for goes through (as in asyncio, whose timeout
 * cancels once), and work that was waiting elsewhere still hears of its end.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { runQuietly } from './async-context.ts';

/** Whom the waits of the present coroutine obey. */
export interface AmbientWait {
  /** Any of these ends the wait. */
  readonly signals: readonly AbortSignal[];
  /** The wait is over: says what was thrown in it, if something was. To be called before its caller goes on. */
  ended(error?: unknown): void;
}

export class AmbientScope {
  readonly #outer: AmbientScope | undefined = scopes.getStore();
  readonly #controller = new AbortController();
  /** Has it been thrown? */
  #told = false;

  /** Runs coroutines whose waits this scope ends. */
  run<T>(work: () => T): T {
    return runQuietly(scopes, this, work);
  }

  /** Its time is over. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** This scope and those around it, as far as they still have something to say. */
  *chain(): Generator<AmbientScope> {
    if (!this.#told) yield this;
    if (this.#outer) yield* this.#outer.chain();
  }

  /** Was this error its own? */
  note(error: unknown): void {
    if (this.signal.aborted && error === this.signal.reason) this.#told = true;
  }
}

const scopes = new AsyncLocalStorage<AmbientScope>();
/** Runs what no limit of the present coroutine reaches: cleanup that goes on after it. */
export function unlimited<T>(work: () => T): T {
  return scopes.getStore() ? runQuietly(scopes, undefined, work) : work();
}

const UNLIMITED: AmbientWait = { signals: [], ended: () => {} };

/** What ends the wait that is about to begin. */
export function ambientWait(): AmbientWait {
  const scope = scopes.getStore();
  if (!scope) return UNLIMITED;
  const chain = [...scope.chain()];
  return {
    signals: chain.map(({ signal }) => signal),
    ended: (error) => {
      for (const each of chain) each.note(error);
    },
  };
}

/** One signal for several; `undefined` for none. */
export function anyOf(signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  if (signals.length < 2) return signals[0];
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}
