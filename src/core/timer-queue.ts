/**
 * Timers by the million: one binary heap, and one timer of Node's for the earliest.
 *
 * Invariants: a timer fires not before it is due, in order of due time, first set first; cancelling is idempotent and
 * leaves nothing behind; Node's own timer is armed exactly while the heap is not empty, and keeps the process alive
 * exactly while a timer that counts (`ref`) is in it.
 */
import { BinaryHeap, type InHeap } from './binary-heap.ts';
import type { Timer } from './clock.ts';
import { steadyTime } from './steady-time.ts';

// setTimeout fires at once for a delay above this, with a warning; longer ones are taken in stages.
const LONGEST_TIMEOUT = 2 ** 31 - 1;

class Entry implements Timer, InHeap {
  readonly due: number;
  readonly order: number;
  readonly ref: boolean;
  readonly callback: () => void;
  place = -1;

  constructor(due: number, order: number, callback: () => void, ref: boolean) {
    this.due = due;
    this.order = order;
    this.callback = callback;
    this.ref = ref;
  }

  cancel(): void {
    remove(this);
  }
}

const heap = new BinaryHeap<Entry>(
  (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order),
);
let order = 0;
let refs = 0;
let armed: NodeJS.Timeout | undefined;
let armedFor = Infinity;

/** Calls back when `steadyTime()` has reached `due`. */
export function addTimer(due: number, callback: () => void, ref: boolean): Timer {
  const entry = new Entry(due, order++, callback, ref);
  heap.add(entry);
  if (ref) refs++;
  arm();
  return entry;
}

function remove(entry: Entry): void {
  if (!take(entry)) return;
  arm();
}

function take(entry: Entry): boolean {
  const taken = heap.remove(entry);
  if (taken && entry.ref) refs--;
  return taken;
}

/** Makes Node's timer fit the heap. */
function arm(): void {
  const { first } = heap;
  if (!first) {
    disarm();
    return;
  }
  // One that is armed too early only looks and arms again, which is cheaper than clearing it for each timer cancelled.
  if (!armed || first.due < armedFor) {
    disarm();
    armedFor = first.due;
    const left = Math.max(0, Math.ceil(first.due - steadyTime()));
    armed = setTimeout(fire, Math.min(left, LONGEST_TIMEOUT));
  }
  if (refs > 0) armed.ref();
  else armed.unref();
}

function disarm(): void {
  // Of one that does not count, Node keeps an empty list of its duration until that is over.
  clearTimeout(armed?.ref());
  armed = undefined;
  armedFor = Infinity;
}

function fire(): void {
  armed = undefined;
  armedFor = Infinity;
  const now = steadyTime();
  try {
    for (let { first } = heap; first && first.due <= now; { first } = heap) {
      take(first);
      first.callback();
    }
  } finally {
    // A callback that throws must not take the others with it.
    arm();
  }
}
