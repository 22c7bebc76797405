/**
 * A set of Workers: how many there are, who uses them, who waits for one.
 *
 * Invariants: never more than `maxWorkers` at once; whoever waits for one is served first come, first served, as soon
 * as one is free; an idle Worker does not keep the process alive and goes after `idleTimeout`.
 *
 * So those that have all the Workers must not wait for one that waits for its turn. More Workers than were allowed would
 * help them on (Go starts a thread for one that is blocked in the system, Java's pools do for a pinned one), but each costs
 * megabytes, and the limit is there to bound these. It is a circle like any other, and told as one: see `ahead`.
 */
import type { ResourceLimits } from 'node:worker_threads';
import { systemClock, type Timer } from '../core/clock.ts';
import { CoppiceError, invalidArgument } from '../core/errors.ts';
import type { WaitTarget } from '../core/wait.ts';
import type { LocalCore } from '../hub/local-core.ts';
import { Carrier, type CarrierOptions } from './carrier.ts';

export interface PoolSettings {
  /** The most Workers that exist at once. Default 200. Green threads beyond that wait for their turn. */
  maxWorkers?: number | undefined;
  /** Milliseconds after which an idle Worker is let go. Default 10,000. */
  idleTimeout?: number | undefined;
}

/** What kind of Worker a job needs. */
interface Need {
  /** One that has run nothing yet and will run nothing else. */
  readonly fresh: boolean;
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** Whoever needs a Worker: is given one, or told why none could be made. */
export interface Request extends Need {
  /** Whose. */
  readonly core: LocalCore;
  take(carrier: Carrier): void;
  fail(error: CoppiceError): void;
}

export interface PoolStatistics {
  /** How many Workers there are. */
  readonly workers: number;
  /** How many of them do nothing. */
  readonly idle: number;
  /** How many green threads wait for one. */
  readonly queued: number;
}

export const FREE_WORKER: WaitTarget = { what: 'a free Worker' };

/** How long a Worker may take to say how it stands after a job, in milliseconds. */
const SETTLING = 1000;

export class WorkerPool {
  #maxWorkers = 200;
  #idleTimeout = 10_000;
  readonly #carriers = new Set<Carrier>();
  /** The most recently used last: it is taken first, so that the others grow old and go. */
  readonly #idle: Carrier[] = [];
  /** Looks for those that have been idle for too long. One for all, since a Worker may be idle for a moment very often. */
  #sweep: Timer | undefined;
  /** Those that have finished a job and not yet said whether they are idle or linger. */
  readonly #settling = new Map<Carrier, Timer>();
  /** Those that finished a job which left something running: not reusable, and the first to go when room is needed. */
  readonly #lingering = new Set<Carrier>();
  readonly #queue: Request[] = [];

  constructor(settings: PoolSettings = {}) {
    this.configure(settings);
  }

  get statistics(): PoolStatistics {
    return { workers: this.#carriers.size, idle: this.#idle.length, queued: this.#queue.length };
  }

  configure({ maxWorkers, idleTimeout }: PoolSettings): void {
    if (maxWorkers !== undefined) {
      if (!Number.isInteger(maxWorkers) || maxWorkers < 1) {
        throw invalidArgument(`maxWorkers must be a whole number, 1 or more; got ${maxWorkers}.`);
      }
      this.#maxWorkers = maxWorkers;
    }
    if (idleTimeout !== undefined) {
      if (!(idleTimeout >= 0)) {
        throw invalidArgument(`idleTimeout must be milliseconds, 0 or more; got ${idleTimeout}.`);
      }
      this.#idleTimeout = idleTimeout;
      // Also for those that are idle already.
      this.#sweep?.cancel();
      this.#sweep = undefined;
      this.#planSweep();
    }
    this.#serveQueue();
  }

  /** Starts Workers ahead of need, so that `count` idle ones are there. */
  prewarm(count: number): void {
    while (this.#idle.length < count && this.#carriers.size < this.#maxWorkers) {
      this.#rest(this.#start({ fresh: false }));
    }
  }

  /** Serves the request, now or when a Worker is free. */
  acquire(request: Request): void {
    this.#queue.push(request);
    this.#serveQueue();
  }

  /** Takes a request back. One that has been served is none any more. */
  withdraw(request: Request): void {
    const index = this.#queue.indexOf(request);
    if (index !== -1) this.#queue.splice(index, 1);
  }

  /**
   * What a request waits for: the first in the line for any of those that have the Workers to end, all others for the first.
   * `undefined` stands for a Worker that is not known to be in use.
   */
  ahead(request: Request): readonly (WaitTarget | undefined)[] {
    const [first] = this.#queue;
    if (first && first !== request) return [held(first.core)];
    return [...this.#carriers].map(({ core }) => core && held(core));
  }

  /** The job is over. The Worker is about to say how it stands; one that does not is busy with what the job left. */
  release(carrier: Carrier): void {
    if (!this.#carriers.has(carrier)) return;
    const linger = (): void => this.#linger(carrier);
    this.#settling.set(carrier, systemClock.setTimer(linger, SETTLING, { ref: false }));
  }

  /** Lets all idle Workers go, now. */
  drain(): void {
    for (let next = this.#idle[0]; next; next = this.#idle[0]) this.#letGo(next);
  }

  #serveQueue(): void {
    while (this.#queue.length > 0) {
      const request = this.#queue[0] as Request;
      let carrier: Carrier | undefined;
      try {
        carrier = this.#carrierFor(request);
      } catch (error) {
        this.#queue.shift();
        request.fail(error as CoppiceError);
        continue;
      }
      if (!carrier) return;
      this.#queue.shift();
      request.take(carrier);
    }
  }

  #carrierFor(request: Request): Carrier | undefined {
    if (!request.fresh && !request.resourceLimits) {
      const carrier = this.#idle.pop();
      if (carrier) return carrier;
    }
    if (this.#carriers.size < this.#maxWorkers) return this.#start(request);
    this.#makeRoom();
    return undefined;
  }

  /** At the cap: lets a Worker go that does nothing useful, so that its place becomes free when it is gone. */
  #makeRoom(): void {
    if (this.#carriers.size < this.#maxWorkers) return;
    const [spare] = this.#idle.length > 0 ? this.#idle : this.#lingering;
    if (!spare) return;
    this.#lingering.delete(spare);
    this.#letGo(spare);
  }

  #start(need: Need): Carrier {
    const carrier: Carrier = makeCarrier({
      resourceLimits: need.resourceLimits,
      reusable: !need.fresh && !need.resourceLimits,
      onIdle: (rested) => this.#rest(rested),
      onLinger: (lingering) => this.#linger(lingering),
      onExit: (gone) => {
        this.#carriers.delete(gone);
        this.#lingering.delete(gone);
        this.#settled(gone);
        this.#isIdleNoMore(gone);
        this.#serveQueue();
      },
    });
    this.#carriers.add(carrier);
    return carrier;
  }

  #settled(carrier: Carrier): void {
    this.#settling.get(carrier)?.cancel();
    this.#settling.delete(carrier);
  }

  #linger(carrier: Carrier): void {
    this.#settled(carrier);
    this.#lingering.add(carrier);
    if (this.#queue.length > 0) this.#makeRoom();
  }

  #rest(carrier: Carrier): void {
    this.#settled(carrier);
    this.#lingering.delete(carrier);
    if (!carrier.reusable) {
      carrier.terminate();
      return;
    }
    carrier.idleSince = systemClock.now();
    this.#idle.push(carrier);
    this.#planSweep();
    this.#serveQueue();
  }

  #letGo(carrier: Carrier): void {
    this.#isIdleNoMore(carrier);
    carrier.terminate();
  }

  #isIdleNoMore(carrier: Carrier): void {
    const index = this.#idle.indexOf(carrier);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  /** Looks again when the one that has been idle longest will have been for too long. */
  #planSweep(): void {
    const oldest = this.#idle[0];
    if (this.#sweep || !oldest) return;
    const left = Math.max(0, oldest.idleSince + this.#idleTimeout - systemClock.now());
    const sweep = (): void => {
      this.#sweep = undefined;
      const now = systemClock.now();
      let next = this.#idle[0];
      for (; next && now - next.idleSince >= this.#idleTimeout; next = this.#idle[0])
        this.#letGo(next);
      this.#planSweep();
    };
    this.#sweep = systemClock.setTimer(sweep, left, { ref: false });
  }
}

/** Until this one has gone on, and ended, there is no Worker. */
const held = ({ thread }: LocalCore): WaitTarget => ({ ...FREE_WORKER, holders: () => [thread] });

function makeCarrier(options: CarrierOptions): Carrier {
  try {
    return new Carrier(options);
  } catch (cause) {
    throw new CoppiceError(
      'ERR_COPPICE_NO_WORKER',
      'No Worker could be started. Let fewer run at once with configure({ maxWorkers }), or look at what the system refused, in `cause`.',
      { cause },
    );
  }
}

/** The Workers that all green threads share, except those of a `ThreadPool`. */
export const sharedPool = new WorkerPool();
