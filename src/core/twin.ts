/**
 * The one symbol under which a function carries its generator twin. Compiled functions, built-ins that call back, and
 * blocking calls all use it; a call site in compiled code looks nowhere else.
 */
export const TWIN: unique symbol = Symbol.for('coppice.twin') as never;

/** What a compiled twin is called (see fiber/compile/unit.ts), and in it what the user called the function. */
export const TWIN_NAME = /#?\$c\$*(?:[a-z]+\d+)?_([\w$]+)/;

/** The twin of a built-in that calls back is called by this and the built-in's name. */
export const BUILTIN_TWIN = '$cb_';

// oxlint-disable-next-line typescript/no-explicit-any -- a twin takes what its function takes
export type Twin<R = unknown> = (this: any, ...args: any[]) => Generator<unknown, R>;

/** Returning the object from the constructor makes the derived class's fields land on it. */
// oxlint-disable-next-line typescript/no-extraneous-class -- what extends it is the point
export class Onto {
  constructor(target: object) {
    // oxlint-disable-next-line no-constructor-return -- the point of this class
    return target;
  }
}

/**
 * On a twin: the function that it was given to, so that a call site need not look whether what it found came by a copy or
 * a proxy. A property and not a private field, because V8 reads one fast whatever kinds of functions the twins are.
 */
const OWNER = Symbol('coppice.owner');

/** Says whose a twin is, once and for all. */
export function setOwner(twin: Twin, owner: object): void {
  Object.defineProperty(twin, OWNER, { value: owner });
}

/** Whose a twin is; `undefined` for what is none, or one of another copy of the package. */
export function ownerOf(twin: unknown): unknown {
  return (twin as { [OWNER]?: unknown } | undefined)?.[OWNER];
}

/** Gives `target` a twin of its own. Not enumerable, so that nothing that copies properties copies it. */
export function setTwin(target: object, twin: Twin): void {
  Object.defineProperty(target, TWIN, { value: twin, configurable: true });
  setOwner(twin, target);
}

/** The twin of a function that is known to have one. */
export function twinOf<R>(target: (...args: never[]) => R): Twin<R> {
  return (target as unknown as Record<typeof TWIN, Twin<R>>)[TWIN];
}
