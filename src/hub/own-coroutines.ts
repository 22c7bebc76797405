/**
 * The program's own coroutines, which are part of no green thread, as the deadlock finder sees them: one for each wait.
 *
 * All of them count as work that the process must not just end with: nobody can tell the one that is the program from one
 * that serves it in the background, and a program that is stuck and ends as if it had succeeded is the worse mistake. Nor
 * does it matter whether a promise is awaited or has a `then`: `return queue.getAsync()` looks like the latter. Who means
 * to serve until the end of the program says so, as for any green thread: a daemon, `{ ref: false }`. (gevent raises
 * `LoopExit` in its main greenlet, Go ends with "all goroutines are asleep"; both have a main function to look at.)
 */
import type { Call } from '../core/call.ts';
import { OwnWait } from '../core/own-waits.ts';
import type { Blockable, PendingWait } from './blockable.ts';
import { MAIN } from './program.ts';

class OwnCoroutine implements Blockable {
  readonly name = MAIN.name;
  readonly kind = 'coroutine';
  readonly ref = true;
  readonly state = 'running';
  readonly #wait: OwnWait;

  constructor(wait: OwnWait) {
    this.#wait = wait;
  }

  get pending(): PendingWait | undefined {
    return this.#wait.over ? undefined : this.#wait;
  }

  stack(): string | undefined {
    return this.#wait.place;
  }

  /** Who does not handle it hears of it as of any rejection. */
  failWait(error: unknown, wait: PendingWait): void {
    if (this.pending === wait) this.#wait.call.abort(error);
  }
}

/**
 * Those that wait. Where one waits for a call whose implementation waits here, too, that one: the error reaches both.
 *
 * @param but the call that asks.
 */
export function waitingCoroutines(but?: Call): Blockable[] {
  const waits = [...OwnWait.all()].toReversed();
  const outer = new Set([but, ...waits.map(({ within }) => within)]);
  return waits.filter(({ call }) => !outer.has(call)).map((wait) => new OwnCoroutine(wait));
}
