/**
 * A fiber in the heap of a worker green thread, as the hub knows it: as the owner of what it has acquired.
 *
 * Invariant: there is one for each fiber, from the first call on in which it matters who calls until the fiber ends or the
 * run that it belongs to; so what it acquires by one call it can release by another.
 */
import type { GreenThread } from './green-thread.ts';
import { nextThreadId } from './registry.ts';
import { CORE, type ThreadCore } from './thread-core.ts';

const alive = new Map<number, WorkerFiber>();

export class WorkerFiber {
  /** Small enough for a shared word, which its id in its own heap is not. */
  readonly id = nextThreadId();
  readonly name: string;
  /** The thread in whose Worker it lives: while that is parked, the fiber cannot go on either. */
  readonly thread: GreenThread;
  #ended = false;

  constructor(name: string, thread: GreenThread) {
    this.name = `${name} of ${thread.name}`;
    this.thread = thread;
    alive.set(this.id, this);
  }

  get [CORE](): ThreadCore {
    return this.thread[CORE];
  }

  get ended(): boolean {
    return this.#ended;
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
