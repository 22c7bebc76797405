/**
 * The green threads that have started and not ended.
 *
 * Invariant: a thread is listed from its start to its end. The list's links are fields of the threads themselves, since
 * a map of a million costs more time and memory than they do; fibers are seldom asked for by their number.
 */
import { threadId } from 'node:worker_threads';
import type { LocalCore } from './local-core.ts';

let first: LocalCore | null = null;
let last: LocalCore | null = null;
/** The threads in Workers, and those fibers that were asked for by number. */
const byId = new Map<number, LocalCore>();
// Ids are unique in the process: a Worker's own threads (fibers in its heap) are numbered from a range of its own.
// On the main thread they stay small integers, which V8 keeps where they are used.
let lastId = threadId === 0 ? 0 : threadId * 2 ** 32;

export function nextThreadId(): number {
  return ++lastId;
}

export function addThread(core: LocalCore): void {
  core.previous = last;
  if (last === null) first = core;
  else last.following = core;
  last = core;
  if (core.kind !== 'fiber') byId.set(core.id, core);
}

/** Removing what is not listed does nothing. */
export function removeThread(core: LocalCore): void {
  const { previous, following } = core;
  if (previous === null && first !== core) return;
  if (previous === null) first = following;
  else previous.following = following;
  if (following === null) last = previous;
  else following.previous = previous;
  core.previous = core.following = null;
  if (byId.size > 0) byId.delete(core.id);
}

/** The thread with this id, if it has started and not ended. */
export function liveThread(id: number): LocalCore | undefined {
  const known = byId.get(id);
  if (known) return known;
  for (const core of liveThreads()) {
    if (core.id !== id) continue;
    byId.set(id, core);
    return core;
  }
  return undefined;
}

/** Is there a thread that has started and not ended? */
export function anyLiveThread(): boolean {
  return first !== null;
}

/** The threads that have started and not ended, oldest first. None may start or end meanwhile: copy them first. */
export function* liveThreads(): Generator<LocalCore, void> {
  for (let core = first; core !== null; core = core.following) yield core;
}
