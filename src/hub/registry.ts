/**
 * The green threads that have started and not ended.
 *
 * Invariant: a thread is listed from its start to its end.
 */
import type { LocalCore } from './local-core.ts';

const alive = new Map<number, LocalCore>();
let lastId = 0;

export function nextThreadId(): number {
  return ++lastId;
}

export function addThread(core: LocalCore): void {
  alive.set(core.id, core);
}

export function removeThread(core: LocalCore): void {
  alive.delete(core.id);
}

/** The threads that have started and not ended, oldest first. */
export function liveThreads(): LocalCore[] {
  return [...alive.values()];
}
