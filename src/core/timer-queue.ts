/**
 * Timers by the million: one binary heap, and one timer of Node's for the earliest.
 *
 * Invariants: a timer fires not before it is due, in order of due time, first set first; cancelling is idempotent and
 * leaves nothing behind; Node's own timer is armed exactly while the heap is not empty, and keeps the process alive
 * exactly while a timer that counts (`ref`) is in it.
 */
import type { Timer } from './clock.ts';

// setTimeout fires at once for a delay above this, with a warning; longer ones are taken in stages.
const LONGEST_TIMEOUT = 2 ** 31 - 1;

class Entry implements Timer {
  readonly due: number;
  readonly order: number;
  readonly ref: boolean;
  readonly callback: () => void;
  /** Its place in the heap; -1 when it is not in it. */
  index = -1;

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

const heap: Entry[] = [];
let order = 0;
let refs = 0;
let armed: NodeJS.Timeout | undefined;
let armedFor = Infinity;

/** Calls back when `performance.now()` has reached `due`. */
export function addTimer(due: number, callback: () => void, ref: boolean): Timer {
  const entry = new Entry(due, order++, callback, ref);
  entry.index = heap.length;
  heap.push(entry);
  rise(entry);
  if (ref) refs++;
  arm();
  return entry;
}

function remove(entry: Entry): void {
  const { index } = entry;
  if (index === -1) return;
  take(index);
  arm();
}

function take(index: number): Entry {
  const entry = heap[index] as Entry;
  const last = heap.pop() as Entry;
  if (last !== entry) {
    heap[index] = last;
    last.index = index;
    rise(last);
    sink(last);
  }
  entry.index = -1;
  if (entry.ref) refs--;
  return entry;
}

function earlier(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

function rise(entry: Entry): void {
  let { index } = entry;
  while (index > 0) {
    const up = (index - 1) >> 1;
    const parent = heap[up] as Entry;
    if (!earlier(entry, parent)) break;
    heap[index] = parent;
    parent.index = index;
    index = up;
  }
  heap[index] = entry;
  entry.index = index;
}

function sink(entry: Entry): void {
  let { index } = entry;
  for (;;) {
    let down = 2 * index + 1;
    if (down >= heap.length) break;
    if (down + 1 < heap.length && earlier(heap[down + 1] as Entry, heap[down] as Entry)) down++;
    const child = heap[down] as Entry;
    if (!earlier(child, entry)) break;
    heap[index] = child;
    child.index = index;
    index = down;
  }
  heap[index] = entry;
  entry.index = index;
}

/** Makes Node's timer fit the heap. */
function arm(): void {
  const first = heap[0];
  if (!first) {
    clearTimeout(armed);
    armed = undefined;
    armedFor = Infinity;
    return;
  }
  // One that is armed too early only looks and arms again, which is cheaper than clearing it for each timer cancelled.
  if (!armed || first.due < armedFor) {
    clearTimeout(armed);
    armedFor = first.due;
    const left = Math.max(0, Math.ceil(first.due - performance.now()));
    armed = setTimeout(fire, Math.min(left, LONGEST_TIMEOUT));
  }
  if (refs > 0) armed.ref();
  else armed.unref();
}

function fire(): void {
  armed = undefined;
  armedFor = Infinity;
  const now = performance.now();
  try {
    while (heap.length > 0 && (heap[0] as Entry).due <= now) {
      take(0).callback();
    }
  } finally {
    // A callback that throws must not take the others with it.
    arm();
  }
}
