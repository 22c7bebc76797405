/**
 * Tells when a green thread's Worker has died under it, for what such a thread can have left in shared memory.
 *
 * One that ends in any other way has left nothing: it was in none of our functions.
 */
type Listener = (threadId: number) => void;

const listeners: Listener[] = [];

/** Calls `listener` with the id of each green thread that died with its Worker, before that thread has ended. */
export function onWorkerDeath(listener: Listener): void {
  listeners.push(listener);
}

export function workerDied(threadId: number): void {
  for (const listener of listeners) listener(threadId);
}
