/**
 * The blocking verbs of green threads, each one definition. Everywhere but on the hub they are performed by it.
 */
import { Call } from '../core/call.ts';
import { clock, type Timer } from '../core/clock.ts';
import { defineBlocking } from '../core/definition.ts';
import { checkMilliseconds, invalidArgument } from '../core/errors.ts';
import { heap } from '../core/heap.ts';
import type { Link } from '../core/links.ts';
import { timeoutError } from '../core/timeout.ts';
import { Wait, type WaitTarget, type Waker } from '../core/wait.ts';
import { noteHeld } from './deadlock.ts';
import type { GreenThread } from './green-thread.ts';
import { CORE, KILL_OPTIONS, type KillOptions } from './thread-core.ts';

/** The grace period of a forced kill, when none is given. */
const DEFAULT_GRACE = 1000;

export interface JoinAllOptions {
  /** Milliseconds to wait at most. Then what has ended until then is returned. */
  timeout?: number | undefined;
  /** Throw the first error that one ends with. Default `false`. */
  throwOnError?: boolean | undefined;
  /** Return as soon as this many have ended. Default: all. */
  count?: number | undefined;
  /** Aborting it ends the wait; its reason is thrown. */
  signal?: AbortSignal | null | undefined;
}

/** The wait for `count` of some threads to end: gives those that have, in the order in which they did. */
function endOf(
  threads: readonly GreenThread[],
  { timeout, throwOnError = false, count = Infinity }: JoinAllOptions,
): Wait<GreenThread[]> {
  const different = checkedThreads(threads);
  checkCount(count);
  if (timeout !== undefined) checkMilliseconds(timeout, 'timeout');
  const wanted = Math.min(count, different.length);
  return new Wait<GreenThread[]>(
    (waker) => {
      const ended: GreenThread[] = [];
      let timer: Timer | undefined;
      const stop = (): void => {
        timer?.cancel();
        // Who has ended has no links any more.
        if (ended.length === different.length) return;
        for (const thread of different) thread.rawUnlink(note);
      };
      const note: Link<GreenThread> = (thread) => {
        ended.push(thread);
        if (throwOnError && !thread.successful) {
          stop();
          waker.fail(thread.error);
        } else if (ended.length === wanted) {
          stop();
          waker.wake(ended);
        }
      };
      if (wanted === 0) {
        waker.wake(ended);
        return () => {};
      }
      if (timeout !== undefined && timeout !== Infinity) {
        timer = clock().setTimer(() => {
          stop();
          waker.wake(ended);
        }, timeout);
      }
      if (timeout === undefined && !isOfProgram(waker)) noteHeld();
      for (const thread of different) thread.rawLink(note);
      return stop;
    },
    timeout === undefined ? new EndTarget(different, wanted) : whatOf(different),
  );
}

/** Does the program's own code wait, which is no green thread? Nobody waits for that one's end, so there is no circle to look for. */
function isOfProgram(waker: Waker<never>): boolean {
  return waker instanceof Call
    ? waker.thread === undefined
    : 'owner' in waker && waker.owner === undefined;
}

export function isThread(value: unknown): value is GreenThread {
  return typeof value === 'object' && value !== null && CORE in value;
}

function got(value: unknown): string {
  return isThread(value) ? 'got a GreenThread' : `got ${String(value)}`;
}

/** One that is never reached would be a wait for ever. */
function checkCount(count: unknown): void {
  if (count === Infinity || (Number.isInteger(count) && (count as number) >= 0)) return;
  throw invalidArgument(`count must be a whole number, 0 or more; got ${String(count)}.`);
}

/**
 * Each of them once, and all of them green threads: checked together, since each time through a hundred thousand of them
 * takes milliseconds. Those of a list in the order of their making are different ones, which a set takes long to find out.
 */
function checkedThreads(threads: unknown): readonly GreenThread[] {
  if (!Array.isArray(threads))
    throw invalidArgument(`Green threads are given in an array, [first, second]; ${got(threads)}.`);
  let last = -Infinity;
  let rising = true;
  for (const thread of threads as unknown[]) {
    if (!isThread(thread)) throw invalidArgument(`Expected green threads, ${got(thread)}.`);
    const { id } = thread[CORE];
    if (id <= last) rising = false;
    last = id;
  }
  return rising ? [...threads] : [...new Set(threads)];
}

/**
 * What plain code on the main thread need not wait for is done there at once; only what really would have to wait is
 * refused. `undefined`: it would.
 */
function endedNow(
  threads: readonly GreenThread[],
  { timeout, throwOnError = false, count = Infinity }: JoinAllOptions,
): { value: GreenThread[] } | undefined {
  if (heap.way.kind !== 'main') return undefined;
  const different = checkedThreads(threads);
  checkCount(count);
  const ended = different.filter((thread) => thread.ready);
  const failed = throwOnError ? ended.find((thread) => !thread.successful) : undefined;
  if (failed) throw failed.error;
  if (ended.length < Math.min(count, different.length) && timeout !== 0) return undefined;
  return { value: ended.slice(0, count) };
}

/** In a Worker: is one of them a fiber of this very heap, of which the hub knows nothing? */
function livesHere([threads]: readonly unknown[]): boolean {
  if (heap.way.kind === 'main') return false;
  const all = (Array.isArray(threads) ? threads : [threads]) as readonly Partial<GreenThread>[];
  return all.some((thread) => thread?.[CORE]?.local);
}

const whatOf = (threads: readonly GreenThread[]): string =>
  `the end of ${threads.map((thread) => thread.name).join(', ')}`;

/** Only the threads themselves can end the wait; all of them must, when all are waited for. */
class EndTarget implements WaitTarget {
  readonly holders?: () => readonly GreenThread[];
  readonly #threads: readonly GreenThread[];

  constructor(threads: readonly GreenThread[], wanted = threads.length) {
    this.#threads = threads;
    if (wanted === threads.length) this.holders = () => threads.filter((thread) => !thread.ready);
  }

  get what(): string {
    return whatOf(this.#threads);
  }
}

/** The wait with what `give` makes of those that have ended. */
function giving<T>(wait: Wait<GreenThread[]>, give: (ended: GreenThread[]) => T): Wait<T> {
  return new Wait<T>(
    (waker) =>
      wait.begin({
        wake: (ended) => waker.wake(give(ended)),
        fail: (error) => waker.fail(error),
      }),
    wait.target ?? wait.what,
  );
}

/** The wait for its end, with what `give` then makes of it. */
export function whenEnded<T>(thread: GreenThread, give: (thread: GreenThread) => T): Wait<T> {
  return giving(endOf([thread], {}), () => give(thread));
}

export const joinCall = defineBlocking(
  'thread.join',
  (thread: GreenThread, timeout?: number, _options?: { signal?: AbortSignal | null | undefined }) =>
    giving(endOf([thread], { timeout }), (ended) => ended.length > 0),
  {
    optionsAt: 2,
    optionNames: [],
    hubOnly: true,
    local: livesHere,
    contextFree: true,
    asyncName: 'thread.joinAsync()',
    direct: ([thread, timeout]) => {
      const done = endedNow([thread as GreenThread], { timeout: timeout as number | undefined });
      return done && { value: done.value.length > 0 };
    },
  },
);

export const getCall = defineBlocking(
  'thread.get',
  (thread: GreenThread, _options?: object): Wait<unknown> => {
    checkedThreads([thread]);
    return new Wait<unknown>(
      (waker) => {
        const settle = (): unknown =>
          thread.successful ? waker.wake(thread.value) : waker.fail(thread.error);
        if (!isOfProgram(waker)) noteHeld();
        thread.rawLink(settle);
        return () => thread.rawUnlink(settle);
      },
      new EndTarget([thread]),
    );
  },
  {
    optionsAt: 1,
    optionNames: [],
    hubOnly: true,
    local: livesHere,
    contextFree: true,
    asyncName: 'thread.getAsync()',
    direct: (_args, { timeout }) => {
      if (timeout === 0 && heap.way.kind === 'main') throw timeoutError(0);
      return undefined;
    },
  },
);

export const killCall = defineBlocking(
  'thread.kill',
  (threads: readonly GreenThread[], options: KillOptions = {}): Wait<void> => {
    const { timeout, force } = options;
    checkedThreads(threads);
    for (const thread of threads) thread[CORE].kill(options);
    // With force the core ends the thread itself when the grace period is over.
    const wait = endOf(threads, { timeout: force ? undefined : timeout });
    return new Wait<void>(
      (waker) => wait.begin({ wake: () => waker.wake(), fail: (error) => waker.fail(error) }),
      wait.target ?? wait.what,
    );
  },
  {
    optionsAt: 1,
    optionNames: KILL_OPTIONS,
    ownTimeout: true,
    hubOnly: true,
    local: livesHere,
    contextFree: true,
    asyncName: 'thread.killAsync()',
    direct: ([threads, options]) =>
      killedNow(threads as GreenThread[], (options ?? {}) as KillOptions),
  },
);

/** As `endedNow`: one that has not begun ends by being killed, and one that is not waited for need not end. */
function killedNow(
  threads: readonly GreenThread[],
  options: KillOptions,
): { value: undefined } | undefined {
  if (heap.way.kind !== 'main') return undefined;
  checkedThreads(threads);
  const { timeout, force = false } = options;
  const waits = force || timeout !== 0;
  if (waits && threads.some((thread) => thread.state === 'running')) return undefined;
  for (const thread of threads) thread[CORE].kill(options);
  return { value: undefined };
}

/** `joinAll` of green threads: see sync/join-all.ts. */
export const joinThreads = defineBlocking(
  'thread.joinAll',
  (threads: readonly GreenThread[], options: JoinAllOptions = {}) => endOf(threads, options),
  {
    optionsAt: 1,
    optionNames: ['count', 'throwOnError'],
    ownTimeout: true,
    hubOnly: true,
    local: livesHere,
    contextFree: true,
    asyncName: 'joinAllAsync()',
    direct: ([threads, options]) =>
      endedNow(threads as GreenThread[], (options ?? {}) as JoinAllOptions),
  },
);

/** Kills all and waits for their ends; all are told before the first is waited for. */
export const killAll = killCall;

/** The explicit face of `killAll`. */
export const killAllAsync = killCall.async;

/** The grace period that these options give. */
export function graceOf({ timeout }: KillOptions): number {
  return timeout === undefined ? DEFAULT_GRACE : checkMilliseconds(timeout, 'timeout');
}
