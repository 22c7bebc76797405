/**
 * Runs a green thread on a Worker of the pool.
 *
 * Invariant: the Worker is released exactly once, when the job has ended; a thread that was killed while it still
 * waited for a Worker takes none.
 */
import { basename } from 'node:path';
import { laterFrames } from '../core/error-codec.ts';
import { moduleUrl } from '../core/module-url.ts';
import { GreenThread } from '../hub/green-thread.ts';
import { watchForDeadlock, type PendingWait } from '../hub/deadlock.ts';
import { LocalCore, type Runner } from '../hub/local-core.ts';
import { registerCoreFactory, type ThreadOptions } from '../hub/target.ts';
import type { Carrier } from './carrier.ts';
import { sharedPool, type WorkerPool } from './pool.ts';

/** Modules that were found to have no function to call: they are run for their effects, so each run needs a fresh Worker. */
const effectModules = new Set<string>();

const FREE_WORKER = { what: 'a free Worker' };

/** How much is noted of where a thread is spawned: taking a whole stack costs as long as a short job. */
const ORIGIN_FRAMES = 4;

class WorkerRunner implements Runner {
  readonly kind = 'worker';
  readonly #url: string;
  readonly #options: ThreadOptions;
  readonly #origin: (() => string) | undefined;
  readonly #pool: WorkerPool;
  #carrier: Carrier | undefined;
  #withdraw: (() => void) | undefined;
  #queued: PendingWait | undefined;

  constructor(url: string, options: ThreadOptions) {
    this.#url = url;
    this.#options = options;
    this.#pool = (options.pool as WorkerPool | undefined) ?? sharedPool;
    // Where a script was started from tells nothing: it is a program of its own.
    this.#origin = options.argv ? undefined : laterFrames('spawned', GreenThread, ORIGIN_FRAMES);
  }

  start(core: LocalCore): void {
    const { isolate = false, argv, resourceLimits } = this.#options;
    const fresh = isolate || argv !== undefined || effectModules.has(this.#url);
    // `acquire` may serve at once; then there is nothing to withdraw.
    let served = false;
    const noLonger = (): void => {
      served = true;
      this.#withdraw = undefined;
      this.#queued = undefined;
    };
    const withdraw = this.#pool.acquire(
      { fresh, resourceLimits },
      (carrier) => (noLonger(), this.#run(core, carrier)),
      (error) => (noLonger(), core.finish({ ok: false, error })),
    );
    if (served) return;
    this.#withdraw = withdraw;
    this.#queued = {
      what: 'a free Worker',
      target: FREE_WORKER,
      bounded: false,
      since: Date.now(),
    };
    // Nothing else may keep the process alive until a Worker is free: one that just finished does not.
    watchForDeadlock();
  }

  #run(core: LocalCore, carrier: Carrier): void {
    const { args = [], argv, exportName } = this.#options;
    this.#carrier = carrier;
    core.begun();
    carrier.run(
      { thread: core.id, name: core.name, url: this.#url, exportName, args, argv },
      {
        thread: core.thread,
        origin: this.#origin,
        inContext: core.inContext,
        script: () => void effectModules.add(this.#url),
        lost: () => {
          this.#carrier = undefined;
          if (!core.outcome) this.start(core);
        },
        ended: (outcome, free) => {
          this.#carrier = undefined;
          if (!free) this.#pool.release(carrier);
          core.finish(outcome);
        },
      },
      core.ref,
    );
  }

  interrupt(error: unknown): void {
    this.#withdraw?.();
    this.#carrier?.interrupt(error);
  }

  pending(): PendingWait | undefined {
    return this.#carrier ? this.#carrier.pending : this.#queued;
  }

  stack(): Promise<string | undefined> {
    return this.#carrier?.stack() ?? Promise.resolve(undefined);
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
    const name = options.name ?? exportName ?? basename(new URL(url).pathname);
    return new LocalCore(thread, new WorkerRunner(url, options), name, options.ref);
  });
}
