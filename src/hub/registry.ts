/**
 * The green threads that have started and not ended, and those that other heaps still hold.
 *
 * Invariant: a thread is listed from its start to its end. A handle that crossed to another heap stays resolvable here
 * until that heap says that it dropped it, or is gone.
 */
import { registerHandleKind } from '../core/handle.ts';
import { CoppiceError } from '../core/errors.ts';
import type { GreenThread } from './green-thread.ts';
import type { LocalCore } from './local-core.ts';

const alive = new Map<number, LocalCore>();
const known = new Map<number, WeakRef<GreenThread>>();
const forget = new FinalizationRegistry<number>((id) => known.delete(id));
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

/** Makes a thread findable by its id. */
export function publish(thread: GreenThread, id: number): void {
  known.set(id, new WeakRef(thread));
  forget.register(thread, id);
}

/** The thread with this id, which another heap named. */
export function threadById(id: number): GreenThread {
  const thread = alive.get(id)?.thread ?? known.get(id)?.deref();
  if (thread) return thread;
  throw new CoppiceError(
    'ERR_COPPICE_INVALID_ARGUMENT',
    `There is no green thread #${id} any more. Keep its handle while you still need it.`,
  );
}

/** Installs the hub's way of resolving thread handles. */
export function serveThreadHandles(): void {
  registerHandleKind('thread', threadById);
}
