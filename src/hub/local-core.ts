/**
 * A green thread that belongs to this heap's hub: its state machine, over a runner that knows how to run it.
 *
 * Invariants: `runner.start` is called at most once, never from inside `start()`, and not at all when the thread was
 * killed before; `finish` counts once; a kill is handed to the runner each time, so that a second one while the first
 * still unwinds is not lost.
 *
 * There may be a million, so each field that a thread can do without counts; and what would be a private method is a
 * static one, since V8 marks each object of a class that has private methods, by one more field.
 */
import { clock, type Timer } from '../core/clock.ts';
import { checkMilliseconds, CoppiceError, GreenThreadExit } from '../core/errors.ts';
import { heap } from '../core/heap.ts';
import {
  addLateLink,
  addLink,
  fireLinks,
  removeLink,
  type Link,
  type Linkable,
  type Linked,
} from '../core/links.ts';
import type { Inside } from '../core/seen.ts';
import type { PendingWait } from './blockable.ts';
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
  /** What its async code waits for while `pending` is not known. */
  suspected?(): PendingWait | undefined;
  /** Throws `error` where it is blocked, if it still is in this wait. */
  failWait(error: unknown, wait: PendingWait): void;
  /** The frames of the user's code where it is blocked; `undefined` when that cannot be told. */
  stack?(): string | undefined | Promise<string | undefined>;
  /** What goes on in its Worker, if it has one: `undefined` when that does not say so soon. */
  inside?(): Promise<Inside | undefined>;
  /** Does `start` itself only put it into a queue, so that it need not be put off? */
  readonly queues?: boolean;
}

/** Those that begin in the next microtask. */
const starting: LocalCore[] = [];
const settled = Promise.resolve();

/** What few threads have. */
interface Rare {
  mailbox?: Mailbox;
  /** Until it begins: what begins it. After a kill: what ends its grace period. */
  timer?: Timer;
  /** The process does not wait for it. */
  daemon?: boolean;
}

export class LocalCore implements ThreadCore, Linkable<GreenThread> {
  readonly id = nextThreadId();
  readonly thread: GreenThread;
  /** Who made it. A number, so that a thread does not keep its maker in memory. */
  readonly parentId = (heap.currentThread() as GreenThread | undefined)?.id;
  linked: Linked<GreenThread> = null;
  /** For the registry alone to change. */
  previous: LocalCore | null = null;
  following: LocalCore | null = null;
  /** Its state; and when it has ended, the outcome. */
  #life: Exclude<ThreadState, 'ended'> | Outcome = 'created';
  readonly #runner: Runner;
  readonly #baseName: string;
  #rare: Rare | null = null;
  #observed = false;

  constructor(thread: GreenThread, runner: Runner, name: string, ref = true) {
    this.thread = thread;
    this.#baseName = name;
    this.#runner = runner;
    if (!ref) this.#rare = { daemon: true };
  }

  /** Does the process wait for it? */
  get ref(): boolean {
    return this.#rare?.daemon !== true;
  }

  get name(): string {
    return `${this.#baseName}#${this.id}`;
  }

  get state(): ThreadState {
    return typeof this.#life === 'string' ? this.#life : 'ended';
  }

  get outcome(): Outcome | undefined {
    return typeof this.#life === 'string' ? undefined : this.#life;
  }

  get mailbox(): Mailbox {
    return ((this.#rare ??= {}).mailbox ??= new Mailbox());
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

  get suspected(): PendingWait | undefined {
    return this.#runner.suspected?.();
  }

  /** Where it is blocked. */
  stack(): string | undefined | Promise<string | undefined> {
    return this.#runner.stack?.();
  }

  /** What goes on in its Worker; `undefined` when it has none, or does not say soon. */
  async inside(): Promise<Inside | undefined> {
    return this.#runner.inside?.();
  }

  /** Throws `error` in the thread at its next yield point, which for a blocked one is where it is blocked. */
  interrupt(error: unknown): void {
    if (this.#life === 'running') this.#runner.interrupt(error);
  }

  /** Throws `error` where it is blocked, if it still is in this wait. */
  failWait(error: unknown, wait: PendingWait): void {
    if (this.#life === 'running') this.#runner.failWait(error, wait);
  }

  get observed(): boolean {
    return this.#observed;
  }

  start(): void {
    if (this.state === 'created') this.startLater(0);
  }

  startLater(ms: number): void {
    checkMilliseconds(ms, 'startLater()');
    if (this.#life !== 'created') return;
    this.#life = 'scheduled';
    addThread(this);
    if (ms === 0 && this.#runner.queues) LocalCore.#begin(this);
    else if (ms === 0) LocalCore.#beginSoon(this);
    else {
      (this.#rare ??= {}).timer = clock().setTimer(() => LocalCore.#begin(this), ms, {
        ref: this.ref,
      });
    }
  }

  /** In the next microtask: one for all that are started until then. */
  static #beginSoon(core: LocalCore): void {
    if (starting.push(core) === 1) void settled.then(LocalCore.#beginAll);
  }

  static #beginAll(): void {
    for (const core of starting.splice(0)) LocalCore.#begin(core);
  }

  static #begin(core: LocalCore): void {
    if (core.#life === 'scheduled') core.#runner.start(core);
  }

  /** The runner has really begun; before, it may have waited for a free worker. */
  begun(): void {
    if (this.#life !== 'scheduled') return;
    this.#life = 'running';
    threadStarted(this);
  }

  finish(outcome: Outcome): void {
    if (typeof this.#life !== 'string') return;
    this.#life =
      !outcome.ok && outcome.error instanceof GreenThreadExit
        ? { ok: true, value: outcome.error }
        : outcome;
    this.#rare?.timer?.cancel();
    removeThread(this);
    threadEnded(this);
    fireLinks(this, this.thread);
    if (!this.#life.ok) reportIfUnobserved(this);
  }

  kill(options: KillOptions): void {
    if (this.outcome) return;
    const error = killError(options.reason);
    if (this.#life !== 'running') {
      const started = this.#life === 'scheduled';
      // Never runs. The runner may be queued for a worker; it finds the thread ended when its turn comes.
      this.finish({ ok: false, error });
      if (started) this.#runner.interrupt(error);
      return;
    }
    this.#runner.interrupt(error);
    if (options.force) {
      const rare = (this.#rare ??= {});
      rare.timer?.cancel();
      rare.timer = clock().setTimer(() => LocalCore.#terminate(this, error), graceOf(options));
    }
  }

  static #terminate(core: LocalCore, cause: unknown): void {
    if (core.outcome || !core.#runner.terminate()) return;
    const message = `The green thread ${core.name} did not end in its grace period and was terminated; its finally blocks did not run.`;
    core.finish({ ok: false, error: new GreenThreadExit(message, { cause, unwound: false }) });
  }

  link(callback: Link<GreenThread>): void {
    if (this.outcome) addLateLink(this, callback, this.thread);
    else addLink(this, callback);
  }

  unlink(callback: Link<GreenThread>): void {
    removeLink(this, callback);
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
