/**
 * The hub's objects that this Worker holds: one face each, for as long as anyone here has it.
 *
 * Invariant: the hub counts how often it sent a reference, this side counts how often it received it; when the last
 * holder here lets go the count goes back, and the hub drops the object only if nothing is on its way. So a reference
 * that crosses just when its face is collected is not lost.
 */
interface Held {
  readonly face: WeakRef<object>;
  /** How often the reference came since it was last let go: the hub counts the same. */
  receipts: number;
}

const held = new Map<string, Held>();
let dropped: ((reference: string, receipts: number) => void) | undefined;

const forget = new FinalizationRegistry<string>((reference) => {
  const entry = held.get(reference);
  if (!entry || entry.face.deref()) return;
  held.delete(reference);
  dropped?.(reference, entry.receipts);
});

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
  held.set(reference, { face: new WeakRef(face), receipts: held.get(reference)?.receipts ?? 0 });
  forget.register(face, reference);
  return face;
}

/** As `faceOf`, for a reference that has come in a message. */
export function receiveFace<T extends object>(reference: string, make: () => T): T {
  const face = faceOf(reference, make);
  (held.get(reference) as Held).receipts++;
  return face;
}
