/**
 * `GreenThread`: the handle of one run of blocking-style code, the same for every kind and in every heap.
 *
 * Invariants (gevent's): `join` never throws for the thread's own error, `get` does; a thread that ends with
 * `GreenThreadExit` was successful; linking after the end still fires. The state lives in the core; this class is the
 * face, and in a Worker its blocking verbs are calls to the hub.
 */
import { invalidArgument } from '../core/errors.ts';
import { defineHandle, handleGetter } from '../core/handle.ts';
import type { WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { checkLink, linkOf, type Link, type LinkTarget, type Waitable } from '../core/links.ts';
import { setTwin, twinOf } from '../core/twin.ts';
import { createCore, type Target, type ThreadOptions } from './target.ts';
import { getCall, joinCall, killCall } from './thread-calls.ts';
import {
  CORE,
  KILL_OPTIONS,
  type KillOptions,
  type LinkMethod,
  type Outcome,
  type ThreadCore,
  type ThreadKind,
  type ThreadState,
} from './thread-core.ts';

/** A callback that hears of a thread's end. */
export type ThreadLink = Link<GreenThread> | LinkTarget<GreenThread>;

/** The callbacks of conditional links, by those that were given. Few threads have any, so it is no field of theirs. */
const conditions = new WeakMap<GreenThread, Map<ThreadLink, Link<GreenThread>>>();

const byReference = handleGetter<GreenThread>('thread', (thread) => thread[CORE].referenceId);

export class GreenThread<R = unknown> implements Waitable<GreenThread>, PromiseLike<R> {
  /** @internal */
  readonly [CORE]: ThreadCore;

  /**
   * Makes a green thread that has not started.
   *
   * @param target a module (a `URL`, or an absolute path) whose default export is called with `args`; a module
   *   without one is run for its effects. Or an async function; in a compiled program any function.
   * @throws {CoppiceError} `ERR_COPPICE_NOT_SPAWNABLE` for a target that cannot be run as a green thread.
   * @example
   * const thread = new GreenThread(new URL('./job.js', import.meta.url), { args: ['x'], name: 'job' });
   * thread.start();
   */
  constructor(target: Target, options: ThreadOptions = {}) {
    this[CORE] = isCore(target) ? target : createCore(this, target, options);
    defineHandle(this, byReference);
  }

  /** Unique in the process. */
  get id(): number {
    return this[CORE].id;
  }

  /** For people: in reports and errors. What was given, or the target's name, and the id. */
  get name(): string {
    return this[CORE].name;
  }

  get kind(): ThreadKind {
    return this[CORE].kind;
  }

  get state(): ThreadState {
    return this[CORE].state;
  }

  /** Has it ended? */
  get ready(): boolean {
    return this[CORE].outcome !== undefined;
  }

  /** Has it ended without an error? Being killed is no error. */
  get successful(): boolean {
    return this[CORE].outcome?.ok ?? false;
  }

  /** What it returned; `undefined` until then, and after an error. */
  get value(): R | undefined {
    const { outcome } = this[CORE];
    return outcome?.ok ? (outcome.value as R) : undefined;
  }

  /** What it threw; `undefined` until then, and after a success. */
  get error(): unknown {
    const { outcome } = this[CORE];
    if (!outcome || outcome.ok) return undefined;
    this[CORE].observe();
    return outcome.error;
  }

  /** Lets it run, soon and never from inside this call. Starting twice does nothing. */
  start(): void {
    this[CORE].start();
  }

  /** Lets it run `ms` milliseconds from now. */
  startLater(ms: number): void {
    this[CORE].startLater(ms);
  }

  /**
   * Waits for the end. Never throws for the thread's own error.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned.
   * @returns has the thread ended?
   * @throws {CoppiceError} `ERR_COPPICE_WOULD_BLOCK_MAIN` in plain code on the main thread: use `joinAsync`.
   */
  join(options: WaitOptions = {}): boolean {
    checkLimits(options);
    return this.ready || joinCall(this, options.timeout, { signal: options.signal });
  }

  /** The explicit face of `join`. */
  joinAsync(options: WaitOptions = {}): Promise<boolean> {
    // Not an async function: who awaits the very promise of the call is seen to wait, and where.
    try {
      checkLimits(options);
      return joinCall.async(this, options.timeout, { signal: options.signal });
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /**
   * Waits for the end and returns the value, or throws the thread's error.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over.
   */
  get(options: WaitOptions = {}): R {
    checkLimits(options);
    const { outcome } = this[CORE];
    if (outcome) return resultOf(this, outcome) as R;
    return getCall(this, options) as R;
  }

  /** The explicit face of `get`. */
  getAsync(options: WaitOptions = {}): Promise<R> {
    this[CORE].observe();
    return getCall.async(this, options) as Promise<R>;
  }

  /**
   * Ends the thread: `GreenThreadExit` is thrown at its next yield point, so `finally` blocks run. Waits for its end,
   * unless `timeout` is 0.
   */
  kill(options: KillOptions = {}): void {
    checkLimits(options, KILL_OPTIONS);
    if (this.ready) return;
    if (options.timeout === 0 && !options.force) this[CORE].kill(options);
    else killCall([this], options);
  }

  /** The explicit face of `kill`: resolves when the thread has ended, or when `timeout` is over. */
  async killAsync(options: KillOptions = {}): Promise<void> {
    await killCall.async([this], options);
  }

  /** Puts a message into the thread's mailbox, from which its `receive()` takes it. Never blocks. */
  send(message: unknown): void {
    if (!this.ready) this[CORE].mailbox.put(message);
  }

  /** Calls `callback` with this thread when it has ended, also when it has ended already. */
  link(callback: ThreadLink): void {
    this[CORE].observe();
    if (!linksThere(this, 'link', callback)) this[CORE].link(checkCallback(callback));
  }

  /** As `link`, after a success only. */
  linkValue(callback: ThreadLink): void {
    if (!linksThere(this, 'linkValue', callback)) linkIf(this, callback, true);
  }

  /** As `link`, after an error only. */
  linkError(callback: ThreadLink): void {
    this[CORE].observe();
    if (!linksThere(this, 'linkError', callback)) linkIf(this, callback, false);
  }

  /** Takes a callback back. Unlinking what is not linked does nothing. */
  unlink(callback: ThreadLink): void {
    if (linksThere(this, 'unlink', callback)) return;
    const conditional = conditions.get(this);
    const linked = conditional?.get(callback) ?? linkOf(callback);
    if (linked) this[CORE].unlink(linked);
    conditional?.delete(callback);
  }

  rawLink(callback: Link<GreenThread>): void {
    checkLink(callback);
    this[CORE].link(callback);
  }

  rawUnlink(callback: Link<GreenThread>): void {
    this[CORE].unlink(callback);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a green thread is awaitable by design
  then<A = R, B = never>(
    onValue?: ((value: R) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.getAsync().then(onValue, onError);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** For people. */
  toString(): string {
    return `GreenThread(#${this.id} ${this.name}, ${this.kind}, ${this.state})`;
  }
}

// The blocking verbs as compiled code calls them: the same decisions, with the waits suspended.
setTwin(GreenThread.prototype.join, function* (this: GreenThread, options: WaitOptions = {}) {
  checkLimits(options);
  return this.ready || (yield* twinOf(joinCall)(this, options.timeout, { signal: options.signal }));
});
setTwin(GreenThread.prototype.get, function* (this: GreenThread, options: WaitOptions = {}) {
  return yield* twinOf(getCall)(this, options);
});
setTwin(GreenThread.prototype.kill, function* (this: GreenThread, options: KillOptions = {}) {
  checkLimits(options, KILL_OPTIONS);
  if (!this.ready) yield* twinOf(killCall)([this], options);
});

/** A handle for a core that exists already. @internal */
export function threadFor(core: ThreadCore): GreenThread {
  return new GreenThread(core as unknown as Target);
}

function isCore(target: unknown): target is ThreadCore {
  return typeof target === 'object' && target !== null && 'outcome' in target;
}

/** An `AsyncResult` lives at the hub. Where the thread does too it is linked there, since a parked Worker calls nobody back. */
function linksThere(thread: GreenThread, method: LinkMethod, link: ThreadLink): boolean {
  const { [CORE]: core } = thread;
  if (!core.linkTarget || typeof link !== 'object' || !linkOf(link)) return false;
  core.linkTarget(method, link);
  return true;
}

function linkIf(thread: GreenThread, callback: ThreadLink, wanted: boolean): void {
  const checked = checkCallback(callback);
  let given = conditions.get(thread);
  if (!given) conditions.set(thread, (given = new Map()));
  const conditional: Link<GreenThread> = (ended) => {
    given.delete(callback);
    if (ended.successful === wanted) checked(ended);
  };
  given.set(callback, conditional);
  thread[CORE].link(conditional);
}

function resultOf(thread: GreenThread, outcome: Outcome): unknown {
  thread[CORE].observe();
  if (outcome.ok) return outcome.value;
  throw outcome.error;
}

function checkCallback(link: ThreadLink): Link<GreenThread> {
  const callback = linkOf(link);
  if (!callback) throw invalidArgument('A link must be a function or an AsyncResult.');
  return callback;
}
