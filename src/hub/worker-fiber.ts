/**
 * A fiber in the heap of a worker green thread, as the hub knows it: as the owner of what it has acquired, and as one who
 * is blocked.
 *
 * Invariant: there is one for each fiber, from the first call on in which it matters who calls, or from the first stall
 * of its Worker, until the fiber ends or the run that it belongs to; so what it acquires by one call it can release by
 * another.
 */
import type { Blockable, PendingWait } from './blockable.ts';
import type { GreenThread } from './green-thread.ts';
import type { LocalCore } from './local-core.ts';
import { nextThreadId } from './registry.ts';
import { CORE } from './thread-core.ts';

/** The hub's side of the Worker in which it lives. */
export interface FiberHost {
  pendingOf(fiber: WorkerFiber): PendingWait | undefined;
  suspectedOf(fiber: WorkerFiber): PendingWait | undefined;
  failWaitOf(fiber: WorkerFiber, error: unknown, wait: PendingWait): void;
  stackOf(fiber: WorkerFiber): Promise<string | undefined>;
}

const alive = new Map<number, WorkerFiber>();

export class WorkerFiber implements Blockable {
  /** Small enough for a shared word, which its id in its own heap is not. */
  readonly id = nextThreadId();
  readonly idThere: number;
  readonly name: string;
  readonly kind = 'fiber';
  readonly state = 'running';
  /** The thread in whose Worker it lives: while that is parked, the fiber cannot go on either. */
  readonly thread: GreenThread;
  readonly #host: FiberHost;
  #ended = false;

  constructor(idThere: number, name: string, thread: GreenThread, host: FiberHost) {
    this.idThere = idThere;
    this.name = `${name} of ${thread.name}`;
    this.thread = thread;
    this.#host = host;
    alive.set(this.id, this);
  }

  get ref(): boolean {
    return (this.thread[CORE] as LocalCore).ref;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What it is blocked in, as far as the hub knows. */
  get pending(): PendingWait | undefined {
    return this.#ended ? undefined : this.#host.pendingOf(this);
  }

  get suspected(): PendingWait | undefined {
    return this.#ended ? undefined : this.#host.suspectedOf(this);
  }

  stack(): Promise<string | undefined> {
    return this.#host.stackOf(this);
  }

  failWait(error: unknown, wait: PendingWait): void {
    if (!this.#ended) this.#host.failWaitOf(this, error, wait);
  }

  end(): void {
    this.#ended = true;
    alive.delete(this.id);
  }
}

/** The fiber with this id, if it has not ended. */
export function liveWorkerFiber(id: number): WorkerFiber | undefined {
  return alive.get(id);
}

/** Those that are known and have not ended. */
export function liveWorkerFibers(): Iterable<WorkerFiber> {
  return alive.values();
}
