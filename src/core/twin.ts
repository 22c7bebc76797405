/**
 * The one symbol under which a function carries its generator twin. Compiled functions, built-ins that call back, and
 * blocking calls all use it; a call site in compiled code looks nowhere else.
 */
export const TWIN: unique symbol = Symbol.for('coppice.twin') as never;

/** What a compiled twin is called (see fiber/compile/unit.ts), and in it what the user called the function. */
export const TWIN_NAME = /#?\$c\$*(?:[a-z]+\d+)?_([\w$]+)/;

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

/** On a function: its twin, where neither a copy nor a proxy has it, so that no call site need look for those. */
class Own extends Onto {
  #twin: Twin;

  constructor(target: object, twin: Twin) {
    super(target);
    this.#twin = twin;
  }

  static set(target: object, twin: Twin): void {
    if (#twin in target) target.#twin = twin;
    // oxlint-disable-next-line no-new -- the field lands on the target
    else new Own(target, twin);
  }

  static is(target: object, twin: unknown): boolean {
    return #twin in target && target.#twin === twin;
  }
}

/** Gives `target` its twin. Not enumerable, so that nothing that copies properties copies it. */
export function setTwin(target: object, twin: Twin): void {
  Object.defineProperty(target, TWIN, { value: twin, configurable: true });
  Own.set(target, twin);
}

/** Was it given to this very object by `setTwin`? */
export function isOwnTwin(twin: unknown, target: object): boolean {
  return Own.is(target, twin);
}

/** The twin of a function that is known to have one. */
export function twinOf<R>(target: (...args: never[]) => R): Twin<R> {
  return (target as unknown as Record<typeof TWIN, Twin<R>>)[TWIN];
}
