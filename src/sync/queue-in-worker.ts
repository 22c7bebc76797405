/**
 * How blocking code in a Worker uses a Queue whose state is lent: on the ring, without the hub.
 *
 * Invariants: each use is a yield point, also when it need not wait, or a loop of these could not be killed. What one
 * thread does happens in the order in which it does it: while a call of one of its coroutines is on its way to the hub,
 * everything goes that way. A nap that was in vain is followed by the call that keeps its turn, and by nothing else; that
 * call says so (`IN_LINE`), since an older one of this thread, given up meanwhile, may reach the hub after the nap.
 */
import { heap, type WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { Spin } from '../core/spin.ts';
import { itemOf, textOf } from './item-text.ts';
import { CORE, forgetWords, wordsOf, type Primitive, type Sharable } from './primitive.ts';
import { ASK_HUB, IN_LINE, ITEM_BYTES, NOTHING, Ring } from './ring.ts';
import { NAP } from './words.ts';
import { steadyTime } from '../core/steady-time.ts';

export { ASK_HUB, IN_LINE, NOTHING };

type Shared = Primitive<Sharable>;

const me = (): number => heap.way.shared?.threadId() ?? 0;

/** After so many uses a ring is asked for; for a few, its memory and the call for it would not pay. */
const FEW = 4;

/** Of a face: what it has of the ring, and how many calls of coroutines are on their way. */
interface Local {
  /** `null`: its state is never lent. */
  ring: Ring | null | undefined;
  uses: number;
  /** Of the green thread that the Worker runs now: what an earlier one left behind is over. */
  thread: number;
  underWay: number;
}

const locals = new WeakMap<Shared, Local>();

function localOf(queue: Shared): Local {
  let local = locals.get(queue);
  if (!local) locals.set(queue, (local = { ring: undefined, uses: 0, thread: 0, underWay: 0 }));
  if (local.thread !== me()) {
    local.thread = me();
    local.underWay = 0;
  }
  return local;
}

/** A yield point. @returns `undefined` where it is all up to the hub. */
function enter(queue: Shared, options?: WaitOptions): Ring | undefined {
  const { shared } = heap.way;
  if (queue[CORE] || !shared) return undefined;
  if (options !== undefined) {
    checkLimits(options);
    options?.signal?.throwIfAborted();
  }
  shared.check();
  return usable(queue);
}

function usable(queue: Shared): Ring | undefined {
  const local = localOf(queue);
  if (local.underWay > 0 || local.uses++ < FEW) return undefined;
  if (local.ring?.gone) {
    forgetWords(queue);
    local.ring = undefined;
  }
  if (local.ring === undefined) {
    const words = wordsOf(queue) as Int32Array;
    local.ring = words.length > 0 ? new Ring(words) : null;
  }
  return local.ring ?? undefined;
}

/** A call of a coroutine. At the hub it gives the very promise of the call: who awaits it is seen by that. */
export function goingToHub<R>(queue: Shared, call: () => Promise<R>): Promise<R> {
  return heap.way.kind === 'main' ? call() : underWay(queue, call);
}

async function underWay<R>(queue: Shared, call: () => Promise<R>): Promise<R> {
  const local = localOf(queue);
  const { thread } = local;
  local.underWay++;
  try {
    return await call();
  } finally {
    if (local.thread === thread) local.underWay--;
  }
}

/** Looks at the ring, before napping. */
const spin = new Spin(800, 4, 64);

/** Whatever else the ring said, the hub is to be asked. */
const taken = (text: string | symbol): unknown =>
  typeof text === 'string' ? itemOf(text) : text === IN_LINE ? IN_LINE : ASK_HUB;

/** When a nap is over: as long as a kill can go unnoticed, but no longer than a timeout. */
const napEnd = (): number =>
  Math.min(steadyTime() + NAP, heap.timeouts().next?.deadline ?? Infinity);

function soon(ready: () => boolean): void {
  if (heap.way.shared?.maySpin()) spin.until(ready);
}

/**
 * Puts an item in, waiting for a moment.
 *
 * @param pending asks the hub, at no yield point, whether the item for which this thread napped is still not in.
 * @returns `true` when it is done; else the hub is to be asked, and `IN_LINE` says that this thread's turn is kept there.
 */
export function putHere<Q extends Shared>(
  queue: Q,
  item: unknown,
  options: WaitOptions | undefined,
  pending: (queue: Q) => boolean,
): true | typeof ASK_HUB | typeof IN_LINE {
  const ring = enter(queue, options);
  const text = ring && textOf(item, ITEM_BYTES);
  if (!ring || text === undefined) return ASK_HUB;
  const done = ring.put(me(), text);
  if (done !== NOTHING) return done;
  if (options) return ASK_HUB;
  soon(() => ring.roomy);
  const napped = ring.putOrNap(me(), text, napEnd());
  return napped === IN_LINE && !pending(queue) ? true : napped;
}

/** @returns `undefined` when the hub is to be asked. */
export function tryPutHere(queue: Shared, item: unknown): boolean | undefined {
  const ring = enter(queue);
  const text = ring && textOf(item, ITEM_BYTES);
  const done = ring && text !== undefined ? ring.put(me(), text) : ASK_HUB;
  if (done === NOTHING && ring?.whole) return false;
  return done === true ? true : undefined;
}

/** The next item, waiting for a moment. @returns `ASK_HUB` or `IN_LINE` when there is none, as for `putHere`. */
export function getHere(queue: Shared, options?: WaitOptions): unknown {
  const ring = enter(queue, options);
  if (!ring) return ASK_HUB;
  const text = ring.take(me());
  if (text !== NOTHING) return taken(text);
  if (options) return ASK_HUB;
  soon(() => ring.promising);
  return taken(ring.takeOrNap(me(), napEnd()));
}

/** The next item if there is one. */
export function tryGetHere(queue: Shared): unknown {
  const ring = enter(queue);
  const text = ring ? ring.take(me()) : ASK_HUB;
  return text === NOTHING ? NOTHING : taken(text);
}

/** The next item, which stays. */
export function peekHere(queue: Shared, options?: WaitOptions): unknown {
  const ring = enter(queue, options);
  const text = ring ? ring.peek(me()) : ASK_HUB;
  return taken(text);
}

/** @returns was it done? */
export function taskDoneHere(queue: Shared): boolean {
  return enter(queue)?.finish(me()) === true;
}

/** @returns is everything done? Else the hub is to be asked. */
export function joinedHere(queue: Shared, options?: WaitOptions): boolean {
  return enter(queue, options)?.counts(me())?.unfinished === 0;
}

/** @returns `undefined` when the hub is to be asked. */
export function sizeHere(queue: Shared): number | undefined {
  return enter(queue)?.counts(me())?.count;
}
