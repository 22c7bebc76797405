/**
 * One performance of a blocking call's async implementation, whoever waits for it.
 *
 * Invariants: the waker is called exactly once, also when the implementation never settles (abort) or settles twice;
 * what comes after an abort goes to the definition's `discard`; the signal is aborted exactly when the call is.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { linkAbort, unlinkAbort } from './abort-links.ts';
import { ambientWait, anyOf } from './ambient.ts';
import { runQuietly } from './async-context.ts';
import { Awaited, capturedSparingly } from './awaited.ts';
import { clock, type Timer } from './clock.ts';
import type { Definition } from './definition.ts';
import { checkMilliseconds } from './errors.ts';
import { heap, type CallOptions } from './heap.ts';
import { OwnWait } from './own-waits.ts';
import { signalDeadline } from './signal-deadline.ts';
import { programTask, taskOf, type Task, type TaskWait } from './task.ts';
import { timeoutError } from './timeout.ts';
import { isThenable, Wait, type Cancel, type WaitTarget, type Waker } from './wait.ts';

/** What an implementation can know of the call that it performs. */
export interface CallContext {
  /** Aborted when the caller is killed, times out, or goes away. */
  readonly signal: AbortSignal;
  /** The green thread that calls; `undefined` for a coroutine or plain code. */
  readonly thread: unknown;
}

const contexts = new AsyncLocalStorage<Call | Whose>();
/** The call whose implementation is being called, when it asks for its context only until it returns. */
let beginning: Call | undefined;

/**
 * The call that the present code performs.
 *
 * @returns `undefined` outside the implementation of a blocking call, and in a green thread that one has spawned.
 * @example
 * const query = defineBlocking('db.query', (sql) => pool.query(sql, { signal: callContext()?.signal }));
 */
export function callContext(): Call | undefined {
  const context = beginning ?? contexts.getStore();
  return context instanceof Call ? context : undefined;
}

/** The green thread of this heap whose code runs. In one storage with the calls, so that the innermost counts. */
class Whose {
  readonly thread: unknown;

  constructor(thread: unknown) {
    this.thread = thread;
  }
}

/** Runs code of a green thread of this heap, so that what an async function does after an `await` is still its. */
export function runAsTask<R>(thread: unknown, work: () => R): R {
  return runQuietly(contexts, new Whose(thread), work);
}

/** The green thread of this heap whose async function is running, if it is one. */
export function taskThread(): unknown {
  const context = beginning ?? contexts.getStore();
  return context instanceof Whose ? context.thread : undefined;
}

/** The call whose implementation is being called and has not returned, if it asks for its context only until then. */
export function beginningCall(): Call | undefined {
  return beginning;
}

/** Runs what belongs to a call that has settled: the steps of an iterator that it returned. */
export function inCall<R>(call: Call | undefined, work: () => R): R {
  return call ? contexts.run(call, work) : work();
}

export class Call implements CallContext, Waker<unknown> {
  readonly definition: Definition;
  readonly thread: unknown;
  /** Which fiber of the thread calls, when it is one that lives in its Worker and the definition is `owned`. */
  readonly fiber: object | undefined;
  readonly args: unknown[];
  readonly #options: CallOptions;
  #waker: Waker<unknown> | undefined;
  #controller: AbortController | undefined;
  #cancel: Cancel | undefined;
  #wait: Wait<unknown> | undefined;
  #timer: Timer | undefined;
  #onAbort: (() => void) | undefined;
  #aborted = false;
  #reason: unknown;

  constructor(
    definition: Definition,
    args: unknown[],
    thread: unknown,
    waker: Waker<unknown>,
    options: CallOptions = {},
    fiber?: object,
  ) {
    this.definition = definition;
    this.thread = thread;
    this.fiber = fiber;
    this.args = args;
    this.#waker = waker;
    this.#options = options;
  }

  get signal(): AbortSignal {
    // Made on demand: most implementations never look, and a controller costs more than a short call.
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get settled(): boolean {
    return this.#waker === undefined;
  }

  /** The wait that it has begun, if that is what its implementation returned. */
  get wait(): Wait<unknown> | undefined {
    return this.#wait;
  }

  /** Will it end by itself, whatever happens? */
  get bounded(): boolean {
    if (this.#timer !== undefined || this.#wait?.bounded) return true;
    const { signal } = this.#options;
    return signal !== undefined && signalDeadline(signal) !== undefined;
  }

  /** May its caller give it up, by a signal of which nobody knows when it is aborted? */
  get abortable(): boolean {
    const { signal } = this.#options;
    return signal !== undefined && signalDeadline(signal) === undefined;
  }

  start(): void {
    const { timeout, signal } = this.#options;
    try {
      if (timeout !== undefined) checkMilliseconds(timeout, 'timeout');
      signal?.throwIfAborted();
    } catch (error) {
      this.fail(error);
      return;
    }
    if (signal) {
      this.#onAbort = () => this.abort(signal.reason);
      linkAbort(signal, this.#onAbort);
    }
    if (timeout !== undefined && timeout !== Infinity) {
      this.#timer = clock().setTimer(
        () => this.abort(timeoutError(this.#options.whole ?? timeout)),
        timeout,
      );
    }
    const { contextFree, asksAtOnce } = this.definition;
    if (!contextFree && !asksAtOnce) {
      runQuietly(contexts, this, () => this.#run());
      return;
    }
    const outer = beginning;
    beginning = this;
    try {
      this.#run();
    } finally {
      beginning = outer;
    }
  }

  #run(): void {
    try {
      const result = this.definition.implementation(...this.args);
      if (result instanceof Wait) {
        this.#wait = result;
        const cancel = result.begin(this);
        if (!this.settled) this.#cancel = cancel;
      } else if (isThenable(result)) {
        result.then(
          (value) => this.wake(value),
          (error: unknown) => this.fail(error),
        );
      } else {
        this.wake(result);
      }
    } catch (error) {
      this.fail(error);
    }
  }

  /** Aborts the signal of a call that has settled but whose result lives on (an iterator), because nobody wants it. */
  revoke(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
    const controller = this.#controller;
    // The listeners belong to this call, and can ask for its context.
    if (controller) runQuietly(contexts, this, () => controller.abort(reason));
  }

  /** Ends the call for its caller, at once, whether or not the implementation heeds its signal. */
  abort(reason: unknown): boolean {
    if (!this.#waker) return false;
    const waker = this.#settle();
    this.#cancel?.(reason);
    this.revoke(reason);
    waker?.fail(reason);
    return true;
  }

  /** Ends the call without telling its caller, who has stopped waiting. */
  withdraw(reason?: unknown): void {
    if (!this.#waker) return;
    this.#settle();
    this.#cancel?.(reason);
    this.revoke(reason);
  }

  wake(value: unknown): boolean {
    const waker = this.#settle();
    if (waker) return waker.wake(value) !== false;
    this.definition.discard?.(value, this);
    return false;
  }

  fail(error: unknown): void {
    this.#settle()?.fail(error);
  }

  #settle(): Waker<unknown> | undefined {
    const waker = this.#waker;
    this.#waker = undefined;
    this.#timer?.cancel();
    if (this.#onAbort) unlinkAbort(this.#options.signal as AbortSignal, this.#onAbort);
    return waker;
  }
}

/** Performs a call in this heap, for a coroutine, in the name of the fiber that it is part of, if any. */
export function performHere(
  definition: Definition,
  args: unknown[],
  options: CallOptions,
): Promise<unknown> {
  const ambient = ambientWait();
  const limited = ambient.signals.length > 0;
  const signal = limited ? anyOf([options.signal, ...ambient.signals]) : options.signal;
  const thread = heap.ownFiber() as object | undefined;
  const task = thread && taskOf(thread);
  let waits: CoroutineWait | undefined;
  let own: OwnWait | undefined;
  const promise = new Promise((resolve, reject) => {
    // What is not a yield point is done whatever comes.
    if (definition.uninterrupted !== true && !definition.standing) task?.begin();
    const waker = {
      wake: (value: unknown) => {
        waits?.over();
        own?.end();
        resolve(value);
      },
      fail: (error: unknown) => {
        waits?.over();
        own?.end();
        ambient.ended(error);
        reject(error);
      },
    };
    const { timeout } = options;
    const call = new Call(definition, args, thread, waker, { timeout, signal });
    call.start();
    if (call.settled || definition.standing) return;
    if (task || (definition.owned && call.wait?.target?.holders))
      waits = new CoroutineWait(call, task ?? programTask, limited);
    if (task || heap.way.kind !== 'main') return;
    const now = Date.now();
    const at = waits ?? capturedSparingly(performHere, now);
    own = new OwnWait(call, callContext(), now, limited, at);
  });
  // One that only this program can end is watched, to tell where it is awaited.
  if (waits?.target) waits.watch(promise);
  return promise;
}

/** What is known of a coroutine's wait in this heap, as long as it lasts. */
class CoroutineWait implements TaskWait {
  readonly #call: Call;
  readonly #task: Task;
  readonly #limited: boolean;
  #awaited: Awaited | undefined;
  #promise: Promise<unknown> | undefined;

  constructor(call: Call, task: Task, limited: boolean) {
    this.#call = call;
    this.#task = task;
    this.#limited = limited;
    task.enter(this);
  }

  watch(promise: Promise<unknown>): void {
    this.#promise = promise;
    this.#awaited = new Awaited();
    this.#awaited.watch(promise);
  }

  over(): void {
    this.#task.leave(this);
  }

  get what(): string {
    return this.#call.wait?.what ?? `${this.#call.definition.name}()`;
  }

  get target(): WaitTarget | undefined {
    return this.#call.wait?.target;
  }

  get bounded(): boolean {
    return this.#limited || this.#call.bounded;
  }

  get open(): boolean {
    return this.#call.abortable || this.#awaited?.direct !== true;
  }

  get place(): string | undefined {
    return this.#awaited?.place;
  }

  abort(reason: unknown): void {
    // Whoever ends the code knows, and the code may not have come to take it in.
    this.#promise?.catch(() => {});
    this.#call.abort(reason);
  }
}
