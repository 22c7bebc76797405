/**
 * Errors that nobody observed: each is printed once, by the hub, through the real stderr.
 *
 * A thread's error counts as observed when somebody asked for it (get, await, link, `error`). They have a grace period
 * for it, since `for (const t of threads) await t` observes the second one only after the first; when the process ends
 * earlier, what is left is printed then.
 */
import { inspect } from 'node:util';
import { clock, type Timer } from '../core/clock.ts';
import { DeadlockError } from '../core/errors.ts';
import type { LocalCore } from './local-core.ts';

const GRACE = 500;
/** The deadlocks that were told of: each of many threads ends with an error that reports the same one. */
const told = new WeakSet<readonly object[]>();
const pending = new Map<LocalCore, Timer>();
let atExit = false;

export function reportIfUnobserved(core: LocalCore): void {
  if (core.observed) return;
  if (!atExit) {
    atExit = true;
    process.once('exit', () => {
      for (const each of pending.keys()) print(each);
    });
  }
  pending.set(
    core,
    clock().setTimer(() => print(core), GRACE, { ref: false }),
  );
}

/** A Worker failed after its green thread had ended: there is nobody left who could observe it. */
export function reportStray(name: string | undefined, error: unknown): void {
  const what = name ? `What the green thread ${name} left running when it ended` : 'An idle Worker';
  process.stderr.write(`${what} failed:\n${inspect(error)}\n`);
}

function print(core: LocalCore): void {
  pending.get(core)?.cancel();
  pending.delete(core);
  if (core.observed || !core.outcome || core.outcome.ok) return;
  core.observe();
  const { error } = core.outcome;
  if (error instanceof DeadlockError) {
    // The report tells of all of them.
    if (told.has(error.blocked)) return;
    told.add(error.blocked);
  }
  process.stderr.write(
    `Green thread ${core.name} ended with an error that nobody observed:\n${inspect(error)}\n`,
  );
}
