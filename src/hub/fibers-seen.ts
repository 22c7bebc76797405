/**
 * What the fibers of a Worker are doing, for the hub, which knows of them only what they have asked it for.
 */
import type { ThreadSeen } from '../core/seen.ts';
import { describeNow } from './deadlock.ts';
import { liveThreads } from './registry.ts';
import { suspected } from './wait-graph.ts';

/** Of so many it is told: a look goes through the frames of each. */
const MANY = 1_000;

export function fibersSeen(): ThreadSeen[] {
  return [...liveThreads()].slice(0, MANY).map((core) => {
    const { id, parentId, state, ref } = core;
    const { name, waitsFor, heldBy, since } = describeNow(core, suspected(core));
    const stack = core.pending ? ((core.stack() as string | undefined) ?? '') : '';
    return { id, parentId, name, state, ref, waitsFor, heldBy, since, stack };
  });
}
