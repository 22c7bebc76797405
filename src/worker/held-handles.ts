/**
 * The hub's objects that this Worker holds: one face each, for as long as anyone here has it.
 *
 * Invariant: the hub counts how often it sent a reference, this side counts how often it received it; when the last
 * holder here lets go the count goes back, and the hub drops the object only if nothing is on its way. So a reference
 * that crosses just when its face is collected is not lost.
 *
 * Who lets go is told by the collector, in a turn of the loop. Code that blocks for ever has none: there V8 keeps what a
 * `WeakRef` was made of or asked for, and calls nobody back. So when many faces have come, this side has V8 forget what
 * it keeps, which it does when microtasks have been run, also those of another context, and looks for itself who is gone.
 * To code that blocks it is as if a turn had passed, as to an async function that has awaited the next reference.
 */
interface Held {
  readonly face: WeakRef<object>;
  /** How often the reference came since it was last let go: the hub counts the same. */
  receipts: number;
}

const held = new Map<string, Held>();
let dropped: ((reference: string, receipts: number) => void) | undefined;

/** For so many new ones V8 is once made to forget. The first time costs some 0.4 MB and 1 ms, others a few microseconds. */
const MANY = 1_000;
let come = 0;
/** So many are held when it is looked who is gone: twice as many as were left the last time, so that each costs little. */
let lookAt = MANY;

const forget = new FinalizationRegistry<string>((reference) => {
  const entry = held.get(reference);
  if (!entry || entry.face.deref()) return;
  drop(reference, entry);
});

function drop(reference: string, entry: Held): void {
  held.delete(reference);
  dropped?.(reference, entry.receipts);
}

/** `onDropped` is told of references that nobody here holds any more. */
export function reportDropped(onDropped: (reference: string, receipts: number) => void): void {
  dropped = onDropped;
}

/** This Worker's face for a reference, made if there is none. */
export function faceOf<T extends object>(reference: string, make: () => T): T {
  const present = held.get(reference)?.face.deref();
  return (present as T | undefined) ?? adoptFace(reference, make());
}

/** Makes `face` the one for this reference. */
export function adoptFace<T extends object>(reference: string, face: T): T {
  if (held.size >= lookAt) look();
  if (++come % MANY === 0) letCollect();
  const entry = { face: new WeakRef(face), receipts: held.get(reference)?.receipts ?? 0 };
  held.set(reference, entry);
  forget.register(face, reference, entry);
  return face;
}

/** As `faceOf`, for a reference that has come in a message. */
export function receiveFace<T extends object>(reference: string, make: () => T): T {
  const face = faceOf(reference, make);
  (held.get(reference) as Held).receipts++;
  return face;
}

/** Lets go of those that have been collected. */
function look(): void {
  for (const [reference, entry] of held) {
    if (entry.face.deref()) continue;
    forget.unregister(entry);
    drop(reference, entry);
  }
  // To look at one is to keep it.
  letCollect();
  lookAt = Math.max(MANY, 2 * held.size);
}

let runMicrotasks: (() => void) | undefined;

/** Has V8 forget which objects it keeps for the present turn. */
function letCollect(): void {
  if (!runMicrotasks) {
    const { createContext, Script } = process.getBuiltinModule('node:vm');
    const context = createContext({}, { microtaskMode: 'afterEvaluate' });
    const script = new Script('0');
    runMicrotasks = () => void script.runInContext(context);
  }
  runMicrotasks();
}
