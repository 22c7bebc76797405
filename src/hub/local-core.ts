/**
 * A green thread that belongs to this heap's hub: its state machine, over a runner that knows how to run it.
 *
 * Invariants: `runner.start` is called at most once, never from inside `start()`, and not at all when the thread was
 * killed before; `finish` counts once; a kill is handed to the runner each time, so that a second one while the first
 * still unwinds is not lost.
 */
import { captureContext, type Context } from '../core/async-context.ts';
import { clock, type Timer } from '../core/clock.ts';
import { checkMilliseconds, CoppiceError, GreenThreadExit } from '../core/errors.ts';
import { heap } from '../core/heap.ts';
import { Links, type Link } from '../core/links.ts';
import type { PendingWait } from './deadlock.ts';
import type { GreenThread } from './green-thread.ts';
import { publishOnce } from './handles.ts';
import { Mailbox } from './mailbox.ts';
import { threadEnded, threadStarted } from './observe.ts';
import { addThread, nextThreadId, removeThread } from './registry.ts';
import { graceOf } from './thread-calls.ts';
import type { KillOptions, Outcome, ThreadCore, ThreadKind, ThreadState } from './thread-core.ts';
import { reportIfUnobserved } from './unobserved.ts';

/** How one kind of thread runs. */
export interface Runner {
  readonly kind: ThreadKind;
  /** Begins to run; ends by calling `core.finish`. */
  start(core: LocalCore): void;
  /** Throws `error` in the thread at its next yield point. */
  interrupt(error: unknown): void;
  /** Stops the thread where it is, whatever it does. `false` when this kind cannot. */
  terminate(): boolean;
  /** What the thread is blocked in: the same object as long as it is the same wait. */
  pending?(): PendingWait | undefined;
  /** The frames of the user's code where it is blocked; `undefined` when that cannot be told. */
  stack?(): Promise<string | undefined>;
  /** Does `start` itself only put it into a queue, so that it need not be put off? */
  readonly queues?: boolean;
}

/** Those that begin in the next microtask. */
const starting: LocalCore[] = [];
const settled = Promise.resolve();

export class LocalCore implements ThreadCore {
  readonly id = nextThreadId();
  readonly thread: GreenThread;
  readonly ref: boolean;
  /** Who made it. A number, so that a thread does not keep its maker in memory. */
  readonly parentId = (heap.currentThread() as GreenThread | undefined)?.id;
  /** Runs a function in the async context of whoever made the thread. */
  readonly inContext: Context = captureContext();
  state: ThreadState = 'created';
  outcome: Outcome | undefined;
  readonly #runner: Runner;
  readonly #baseName: string;
  // Made when they are first needed: there may be a million threads that need neither.
  #mailbox: Mailbox | undefined;
  #links: Links<GreenThread> | undefined;
  #observed = false;
  /** Until it begins: what begins it. After a kill: what ends its grace period. */
  #timer: Timer | undefined;

  constructor(thread: GreenThread, runner: Runner, name: string, ref = true) {
    this.thread = thread;
    this.#baseName = name;
    this.ref = ref;
    this.#runner = runner;
  }

  get name(): string {
    return `${this.#baseName}#${this.id}`;
  }

  get mailbox(): Mailbox {
    return (this.#mailbox ??= new Mailbox());
  }

  get referenceId(): number {
    // Only what crosses has to be found again: most threads never do.
    if (heap.way.kind === 'main') {
      publishOnce(this.thread, 'thread', this.id);
      return this.id;
    }
    throw new CoppiceError(
      'ERR_COPPICE_NOT_CLONEABLE',
      `The fiber ${this.name} lives in the heap of a worker green thread. It cannot be handed to another: send its value. Plain code there cannot wait for it, since it cannot run meanwhile: await it in an async function.`,
    );
  }

  get local(): true {
    return true;
  }

  get kind(): ThreadKind {
    return this.#runner.kind;
  }

  /** What it is blocked in, as far as the hub knows. */
  get pending(): PendingWait | undefined {
    return this.#runner.pending?.();
  }

  /** Where it is blocked. */
  stack(): Promise<string | undefined> {
    return this.#runner.stack?.() ?? Promise.resolve(undefined);
  }

  /** Throws `error` in the thread at its next yield point, which for a blocked one is where it is blocked. */
  interrupt(error: unknown): void {
    if (this.state === 'running') this.#runner.interrupt(error);
  }

  get observed(): boolean {
    return this.#observed;
  }

  start(): void {
    if (this.state === 'created') this.startLater(0);
  }

  startLater(ms: number): void {
    checkMilliseconds(ms, 'startLater()');
    if (this.state !== 'created') return;
    this.state = 'scheduled';
    addThread(this);
    if (ms === 0 && this.#runner.queues) this.#begin();
    else if (ms === 0) this.#beginSoon();
    else this.#timer = clock().setTimer(() => this.#begin(), ms, { ref: this.ref });
  }

  /** In the next microtask: one for all that are started until then. */
  #beginSoon(): void {
    if (starting.push(this) === 1) void settled.then(LocalCore.#beginAll);
  }

  static #beginAll(): void {
    for (const core of starting.splice(0)) core.#begin();
  }

  #begin(): void {
    if (this.state === 'scheduled') this.#runner.start(this);
  }

  /** The runner has really begun; before, it may have waited for a free worker. */
  begun(): void {
    if (this.state !== 'scheduled') return;
    this.state = 'running';
    threadStarted(this);
  }

  finish(outcome: Outcome): void {
    if (this.outcome) return;
    this.outcome =
      !outcome.ok && outcome.error instanceof GreenThreadExit
        ? { ok: true, value: outcome.error }
        : outcome;
    this.state = 'ended';
    this.#timer?.cancel();
    removeThread(this);
    threadEnded(this);
    this.#links?.fire(this.thread);
    if (!this.outcome.ok) reportIfUnobserved(this);
  }

  kill(options: KillOptions): void {
    if (this.outcome) return;
    const error = killError(options.reason);
    if (this.state !== 'running') {
      const started = this.state === 'scheduled';
      // Never runs. The runner may be queued for a worker; it finds the thread ended when its turn comes.
      this.finish({ ok: false, error });
      if (started) this.#runner.interrupt(error);
      return;
    }
    this.#runner.interrupt(error);
    if (options.force) {
      this.#timer?.cancel();
      this.#timer = clock().setTimer(() => this.#terminate(error), graceOf(options));
    }
  }

  #terminate(cause: unknown): void {
    if (this.outcome || !this.#runner.terminate()) return;
    const message = `The green thread ${this.name} did not end in its grace period and was terminated; its finally blocks did not run.`;
    this.finish({ ok: false, error: new GreenThreadExit(message, { cause, unwound: false }) });
  }

  link(callback: Link<GreenThread>): void {
    if (!this.#links) {
      this.#links = new Links<GreenThread>();
      if (this.outcome) this.#links.fire(this.thread);
    }
    this.#links.add(callback, this.thread);
  }

  unlink(callback: Link<GreenThread>): void {
    this.#links?.remove(callback);
  }

  observe(): void {
    this.#observed = true;
  }
}

function killError(reason: unknown): unknown {
  if (reason instanceof Error) return reason;
  return reason === undefined
    ? new GreenThreadExit()
    : new GreenThreadExit(`The green thread was killed: ${String(reason)}`);
}
