/**
 * Runs a green thread on a Worker of the pool.
 *
 * Invariant: the Worker is released exactly once, when the job has ended; a thread that was killed while it still
 * waited for a Worker takes none.
 */
import type { ResourceLimits } from 'node:worker_threads';
import { captureContext, type Context } from '../core/async-context.ts';
import type { Inside } from '../core/seen.ts';
import { fileNameOf, moduleUrl } from '../core/module-url.ts';
import type { PendingWait } from '../hub/blockable.ts';
import { noteHeld, watchForDeadlock } from '../hub/deadlock.ts';
import { LocalCore, type Runner } from '../hub/local-core.ts';
import { registerCoreFactory, type ThreadOptions } from '../hub/target.ts';
import type { CoppiceError } from '../core/errors.ts';
import type { Outcome } from '../hub/thread-core.ts';
import type { Assignment, Carrier } from './carrier.ts';
import { originOf, type Origin } from './origin.ts';
import { FREE_WORKER, sharedPool, type Request, type WorkerPool } from './pool.ts';

/** Modules that were found to have no function to call: they are run for their effects, so each run needs a fresh Worker. */
const effectModules = new Set<string>();

const NONE: readonly unknown[] = [];

/** The wait for a Worker. Nothing can be thrown in it: the thread has not begun. */
class Queued implements PendingWait {
  readonly target = FREE_WORKER;
  readonly bounded = false;
  readonly since = Date.now();
  readonly #pool: WorkerPool;
  readonly #request: Request;

  constructor(pool: WorkerPool, request: Request) {
    this.#pool = pool;
    this.#request = request;
  }

  get what(): string {
    return this.target.what;
  }

  get ways(): PendingWait['ways'] & object {
    return this.#pool.ahead(this.#request);
  }
}

class WorkerRunner implements Runner, Request, Assignment {
  readonly kind = 'worker';
  readonly url: string;
  readonly origin: Origin | undefined;
  readonly inContext: Context = captureContext();
  core!: LocalCore;
  readonly #options: ThreadOptions;
  #carrier: Carrier | undefined;
  /** Does it wait for a Worker? */
  #waits = false;
  #queued: PendingWait | undefined;

  constructor(url: string, options: ThreadOptions) {
    this.url = url;
    this.#options = options;
    // Where a script was started from tells nothing: it is a program of its own.
    this.origin = options.argv ? undefined : originOf(url);
  }

  get exportName(): string | undefined {
    return this.#options.exportName;
  }

  get args(): readonly unknown[] {
    return this.#options.args ?? NONE;
  }

  get argv(): readonly string[] | undefined {
    return this.#options.argv;
  }

  get resourceLimits(): ResourceLimits | undefined {
    return this.#options.resourceLimits;
  }

  get fresh(): boolean {
    return this.#options.isolate === true || this.argv !== undefined || effectModules.has(this.url);
  }

  get #pool(): WorkerPool {
    return (this.#options.pool as WorkerPool | undefined) ?? sharedPool;
  }

  start(core: LocalCore): void {
    this.core = core;
    this.#waits = true;
    this.#pool.acquire(this);
    // It may have been served at once.
    if (!this.#waits) return;
    this.#queued = new Queued(this.#pool, this);
    // Nothing else may keep the process alive until a Worker is free: one that just finished does not.
    watchForDeadlock();
    noteHeld();
  }

  take(carrier: Carrier): void {
    this.#waits = false;
    this.#queued = undefined;
    this.#carrier = carrier;
    this.core.begun();
    carrier.run(this);
  }

  fail(error: CoppiceError): void {
    this.#waits = false;
    this.core.finish({ ok: false, error });
  }

  script(): void {
    effectModules.add(this.url);
  }

  lost(): void {
    this.#carrier = undefined;
    if (!this.core.outcome) this.start(this.core);
  }

  ended(outcome: Outcome, free: boolean): void {
    const carrier = this.#carrier;
    this.#carrier = undefined;
    if (carrier && !free) this.#pool.release(carrier);
    this.core.finish(outcome);
  }

  interrupt(error: unknown): void {
    if (this.#waits) this.#pool.withdraw(this);
    this.#carrier?.interrupt(error);
  }

  failWait(error: unknown, wait: PendingWait): void {
    this.#carrier?.waits.failWait(error, wait);
  }

  suspected(): PendingWait | undefined {
    return this.#carrier?.waits.suspected;
  }

  pending(): PendingWait | undefined {
    return this.#carrier ? this.#carrier.waits.pending : this.#queued;
  }

  stack(): Promise<string | undefined> {
    return this.#carrier?.stack() ?? Promise.resolve(undefined);
  }

  inside(): Promise<Inside | undefined> {
    return this.#carrier?.inside() ?? Promise.resolve(undefined);
  }

  terminate(): boolean {
    this.#carrier?.terminate();
    return true;
  }
}

/** Makes modules spawnable on this heap's own Workers. */
export function serveWorkerThreads(): void {
  registerCoreFactory((thread, target, options) => {
    const url = moduleUrl(target);
    if (url === undefined) return undefined;
    const { exportName } = options;
    const name = options.name ?? exportName ?? fileNameOf(url);
    return new LocalCore(thread, new WorkerRunner(url, options), name, options.ref);
  });
}
