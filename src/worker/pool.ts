/**
 * The Workers of this hub: how many there are, who uses them, who waits for one.
 *
 * Invariants: never more than `maxWorkers` at once; whoever waits for one is served first come, first served, as soon
 * as one is free; an idle Worker does not keep the process alive and goes after `idleTimeout`.
 */
import type { ResourceLimits } from 'node:worker_threads';
import { systemClock, type Timer } from '../core/clock.ts';
import { invalidArgument } from '../core/errors.ts';
import { Carrier } from './carrier.ts';

export interface PoolSettings {
  /** The most Workers that exist at once. Default 200. Green threads beyond that wait for their turn. */
  maxWorkers?: number | undefined;
  /** Milliseconds after which an idle Worker is let go. Default 10,000. */
  idleTimeout?: number | undefined;
}

/** What kind of Worker a job needs. */
export interface Need {
  /** One that has run nothing yet and will run nothing else. */
  readonly fresh: boolean;
  readonly resourceLimits?: ResourceLimits | undefined;
}

interface Request extends Need {
  readonly take: (carrier: Carrier) => void;
}

const settings = { maxWorkers: 200, idleTimeout: 10_000 };
const carriers = new Set<Carrier>();
/** Idle ones, the most recently used last: it is taken first, so that the others grow old and go. */
const idle = new Map<Carrier, Timer>();
/** Those that finished a job which left something running: not reusable, and the first to go when room is needed. */
const lingering = new Set<Carrier>();
const queue: Request[] = [];

/**
 * Changes how many Workers the green threads share. Settings that are not given stay as they are.
 *
 * @example
 * configure({ maxWorkers: 16 });
 */
export function configure({ maxWorkers, idleTimeout }: PoolSettings): void {
  if (maxWorkers !== undefined) {
    if (!Number.isInteger(maxWorkers) || maxWorkers < 1) {
      throw invalidArgument(`maxWorkers must be a whole number, 1 or more; got ${maxWorkers}.`);
    }
    settings.maxWorkers = maxWorkers;
  }
  if (idleTimeout !== undefined) {
    if (!(idleTimeout >= 0))
      throw invalidArgument(`idleTimeout must be milliseconds, 0 or more; got ${idleTimeout}.`);
    settings.idleTimeout = idleTimeout;
  }
  serveQueue();
}

/** Starts Workers ahead of need, so that the next `count` spawns find warm ones. */
export function prewarm(count: number): void {
  for (let have = idle.size; have < count && carriers.size < settings.maxWorkers; have++)
    rest(start({ fresh: false }));
}

/** Gives `take` a Worker, now or when one is free. Returns what withdraws the request. */
export function acquire(need: Need, take: (carrier: Carrier) => void): () => void {
  const request: Request = { ...need, take };
  queue.push(request);
  serveQueue();
  return () => {
    const index = queue.indexOf(request);
    if (index !== -1) queue.splice(index, 1);
  };
}

/** The job is over, and the Worker has not said that it is idle: until it does, it counts as lingering. */
export function release(carrier: Carrier): void {
  if (carriers.has(carrier)) lingering.add(carrier);
  if (queue.length > 0) makeRoom();
}

/** For reports: how many Workers there are, and how many of them do nothing. */
export function poolStatistics(): { workers: number; idle: number; queued: number } {
  return { workers: carriers.size, idle: idle.size, queued: queue.length };
}

function serveQueue(): void {
  while (queue.length > 0) {
    const request = queue[0] as Request;
    const carrier = carrierFor(request);
    if (!carrier) return;
    queue.shift();
    request.take(carrier);
  }
}

function carrierFor(request: Request): Carrier | undefined {
  const reusable = !request.fresh && !request.resourceLimits;
  const [carrier] = [...idle.keys()].slice(-1);
  if (carrier && reusable) {
    wake(carrier);
    return carrier;
  }
  if (carriers.size < settings.maxWorkers) return start(request);
  makeRoom();
  return undefined;
}

/** At the cap: lets a Worker go that does nothing useful, so that its place becomes free when it is gone. */
function makeRoom(): void {
  const [spare] = idle.size > 0 ? idle.keys() : lingering;
  if (!spare || carriers.size < settings.maxWorkers) return;
  if (idle.has(spare)) wake(spare);
  lingering.delete(spare);
  spare.terminate();
}

function start(need: Need): Carrier {
  const carrier: Carrier = new Carrier({
    resourceLimits: need.resourceLimits,
    onIdle: rest,
    onExit: (gone) => {
      carriers.delete(gone);
      lingering.delete(gone);
      if (idle.has(gone)) wake(gone);
      serveQueue();
    },
  });
  carrier.reusable = !need.fresh && !need.resourceLimits;
  carriers.add(carrier);
  return carrier;
}

function rest(carrier: Carrier): void {
  lingering.delete(carrier);
  if (!carrier.reusable) {
    carrier.terminate();
    return;
  }
  const timer = systemClock.setTimer(
    () => {
      idle.delete(carrier);
      carrier.terminate();
    },
    settings.idleTimeout,
    { ref: false },
  );
  idle.set(carrier, timer);
  serveQueue();
}

function wake(carrier: Carrier): void {
  idle.get(carrier)?.cancel();
  idle.delete(carrier);
}
