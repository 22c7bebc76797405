/**
 * The program's own code outside any green thread: one owner of what it acquires, and one who may be blocked.
 *
 * Invariant: it is never known to be blocked, since any of its coroutines may let go what another has acquired; what those
 * wait for is only good for a suspicion.
 */
import { programTask } from '../core/task.ts';
import type { Blockable, PendingWait } from './blockable.ts';

/** As whom it owns something. */
export const MAIN = Object.freeze({ name: 'main' });

export const program: Blockable = {
  name: MAIN.name,
  kind: 'coroutine',
  ref: true,
  state: 'running',
  pending: undefined,
  get suspected(): PendingWait | undefined {
    return programTask.pending;
  },
  stack: () => programTask.place,
  failWait: () => {},
};
