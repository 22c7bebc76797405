/**
 * Objects that cross to another heap as what they are: the same object, by reference, not a copy.
 *
 * How: such an object has one own enumerable getter. Structured clone reads it while it serializes, which both writes
 * the reference into the message and tells the sender, at no cost for messages without any, that the receiver must look
 * for references. Invariant: in one heap a reference stands for one object as long as anyone holds it.
 */

/** The key under which a reference travels. */
const KEY = '$coppice';

type Reviver = (id: number, holder: object) => object;

const revivers = new Map<string, Reviver>();
let seen: Found | undefined;

/** The handles that went out with a message; and one number for each, to be sent after them. */
export interface Found {
  readonly objects: object[];
  readonly mark: number[];
}

/** Says how a reference of this kind becomes an object in this heap. */
export function registerHandleKind(kind: string, revive: Reviver): void {
  revivers.set(kind, revive);
}

/** The getter that makes objects of one kind cross by reference: one for all of them, or each would get a hidden class of its own. */
export function handleGetter<T extends object>(
  kind: string,
  idOf: (object: T) => number,
): HandleGetter {
  return function (this: unknown) {
    const self = this as T;
    seen?.objects.push(self);
    seen?.mark.push(1);
    return `${kind}:${idOf(self)}`;
  };
}

export type HandleGetter = (this: unknown) => string;

/** Enumerable and configurable, as it has to be; and a third faster than `Object.defineProperty`, which is felt when threads are made. */
const defineGetter = (
  Object.prototype as unknown as { __defineGetter__(key: string, getter: HandleGetter): void }
).__defineGetter__;

/** Makes `object` cross by reference, by a getter that it shares with its kind. */
export function defineHandle(object: object, getter: HandleGetter): void {
  defineGetter.call(object, KEY, getter);
}

/** Under which reference this object crosses. */
export function referenceOf(object: object): string {
  return (object as Record<string, string>)[KEY] as string;
}

/** Runs `send`, which serializes synchronously, and tells meanwhile which handles went out. */
export function collectHandles(send: (found: Found) => void): readonly object[] {
  const outer = seen;
  const found: Found = { objects: [], mark: [] };
  seen = found;
  try {
    send(found);
  } finally {
    seen = outer;
  }
  return found.objects;
}

/** Replaces the references in a received value by the objects that they stand for. */
export function reviveHandles<T>(value: T): T {
  return revive(value, new Map()) as T;
}

/** `done` maps what was visited to what it became, so that cycles end and a reference is counted once per message. */
function revive(value: unknown, done: Map<object, unknown>): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (done.has(value)) return done.get(value);
  const reference = (value as Record<string, unknown>)[KEY];
  if (typeof reference === 'string') {
    const colon = reference.indexOf(':');
    const reviver = revivers.get(reference.slice(0, colon));
    const object = reviver ? reviver(Number(reference.slice(colon + 1)), value) : value;
    done.set(value, object);
    return object;
  }
  done.set(value, value);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = revive(item, done);
  } else if (value instanceof Map) {
    const entries = [...value].map(
      ([key, item]) => [revive(key, done), revive(item, done)] as const,
    );
    value.clear();
    for (const [key, item] of entries) value.set(key, item);
  } else if (value instanceof Set) {
    const items = [...value].map((item) => revive(item, done));
    value.clear();
    for (const item of items) value.add(item);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    const record = value as Record<string, unknown>;
    for (const key of Object.keys(record)) record[key] = revive(record[key], done);
  }
  return value;
}
