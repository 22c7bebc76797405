/**
 * The green threads that have started and not ended.
 *
 * Invariant: a thread is listed from its start to its end.
 */
import { threadId } from 'node:worker_threads';
import type { LocalCore } from './local-core.ts';

const alive = new Map<number, LocalCore>();
// Ids are unique in the process: a Worker's own threads (fibers in its heap) are numbered from a range of its own.
// On the main thread they stay small integers, which V8 keeps where they are used.
let lastId = threadId === 0 ? 0 : threadId * 2 ** 32;

export function nextThreadId(): number {
  return ++lastId;
}

export function addThread(core: LocalCore): void {
  alive.set(core.id, core);
}

export function removeThread(core: LocalCore): void {
  alive.delete(core.id);
}

/** The thread with this id, if it has started and not ended. */
export function liveThread(id: number): LocalCore | undefined {
  return alive.get(id);
}

/** Is there a thread that has started and not ended? */
export function anyLiveThread(): boolean {
  return alive.size > 0;
}

/** The threads that have started and not ended, oldest first. */
export function liveThreads(): LocalCore[] {
  return [...alive.values()];
}
