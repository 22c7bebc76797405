/**
 * Owns the tie between a function and its twin, and the question that every call site asks.
 *
 * A compiled function is tied to its twin by a private field stamped onto it: nothing that inspects or copies the
 * function sees it, it is not inherited, a proxy does not pass it on, and stamping costs a tenth of defineProperty.
 * `Function.prototype[TWIN]` is an accessor that reads the stamp, so a site's `f?.[TWIN]` finds both stamps and the
 * own properties that hand-written twins use (see core/twin.ts), and null for every other function.
 *
 * A hand-written twin waits for the fiber; where a plain driver stands in between, its function's plain face is called
 * instead, which waits the plain way.
 */
import { types } from 'node:util';
import { Answer } from '../../core/answer.ts';
import { Onto, ownerOf, setOwner, TWIN, type Twin } from '../../core/twin.ts';
import { languageError } from './language-errors.ts';
import { S } from './state.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- any function of the user's
export type AnyFunction = (this: any, ...args: any[]) => any;

/** After so many calls a function is worth what `attachOnce` costs. */
const OFTEN = 100;

class Stamp extends Onto {
  #twin: Twin;
  #calls = 0;

  constructor(target: object, twin: Twin) {
    super(target);
    this.#twin = twin;
  }

  static get(target: object): Twin | null {
    return #twin in target ? target.#twin : null;
  }

  /** @returns has it been called often, this very time for the first time? */
  static counts(target: Stamp): boolean {
    return ++target.#calls === OFTEN;
  }

  static set(target: object, twin: Twin): void {
    if (#twin in target) target.#twin = twin;
    else new Stamp(target, twin);
  }
}

class WantsNewTarget extends Onto {
  #yes = true;

  static of(twin: object): boolean {
    return #yes in twin && twin.#yes;
  }
}

/** Its face asks whether a read or a write that can wait has called it. */
class Asks extends Onto {
  #yes = true;

  static of(twin: object): boolean {
    return #yes in twin && twin.#yes;
  }
}

export const asksForItself = (twin: Twin): boolean => Asks.of(twin);

/** Function.prototype.call under a name that no function of the user's shadows. */
export const CALL = Symbol('coppice.call');

Object.defineProperty(Function.prototype, TWIN, {
  configurable: true,
  get(this: object) {
    return Stamp.get(this);
  },
  set(this: object, value: unknown) {
    Object.defineProperty(this, TWIN, { value, configurable: true, writable: true });
  },
});
Object.defineProperty(Function.prototype, CALL, { value: Function.prototype.call });

/** Ties them. Flags: 1, the twin has to be told new.target; 2, the face can be an accessor's (see accessors.ts). */
export function attach<F extends AnyFunction>(target: F, twin: Twin, flags = 0): F {
  Stamp.set(target, twin);
  if ((flags & 1) !== 0) markNewTarget(twin);
  if ((flags & 2) !== 0) new Asks(twin);
  return target;
}

/** As `attach`, for functions that are made once and called often: a site finds the twin without asking anybody. */
export function attachOnce<F extends AnyFunction>(target: F, twin: Twin, flags = 0): F {
  attach(target, twin, flags);
  show(target, twin);
  return target;
}

function show(target: AnyFunction, twin: Twin): void {
  // The user may have frozen it.
  if (!Reflect.defineProperty(target, TWIN, { value: twin, configurable: true })) return;
  if (ownerOf(twin) === undefined) setOwner(twin, target);
}

export function markNewTarget(twin: Twin): void {
  if (!WantsNewTarget.of(twin)) new WantsNewTarget(twin);
}

export function wantsNewTarget(twin: Twin): boolean {
  return WantsNewTarget.of(twin);
}

/** The twin of a compiled function or a built-in. */
export function stampedTwin(target: unknown): Twin | null {
  return typeof target === 'function' ? Stamp.get(target) : null;
}

/** The twin that a call of `target` may use here, or null when it has to be called plainly. */
export function usableTwin(target: unknown): Twin | null {
  if (typeof target !== 'function') return null;
  const own = Stamp.get(target);
  if (own !== null) return own;
  if (S.d > 0 || types.isProxy(target)) return null;
  // A blocking face makes its own when it is asked.
  const twin = (target as unknown as Record<typeof TWIN, unknown>)[TWIN];
  if (!Object.hasOwn(target, TWIN)) return null;
  // What copies properties may copy it onto another function.
  const owner = ownerOf(twin);
  return typeof twin === 'function' && (owner === undefined || owner === target)
    ? (twin as Twin)
    : null;
}

/** What a call site calls when `target[TWIN]` was not null. */
export function checkedTwin(found: unknown, target: unknown, name: string): Twin {
  if (typeof target === 'function') {
    if (S.d === 0 && ownerOf(found) === target) return found as Twin;
    const twin = Stamp.get(target);
    if (twin !== null && twin === found) {
      if (Stamp.counts(target as unknown as Stamp)) show(target as AnyFunction, twin);
      return twin;
    }
    return (
      usableTwin(target) ??
      function (this: unknown, ...args: unknown[]) {
        return plainly(target as AnyFunction, this, args);
      }
    );
  }
  // oxlint-disable-next-line require-yield -- thrown where Node would throw: after the arguments
  return function* refuse() {
    throw languageError(new TypeError(`${name} is not a function`), refuse);
  };
}

/** In V8's words for what is called by the language itself. */
export function checkCallable(target: unknown): void {
  if (typeof target === 'function') return;
  const shown = typeof target === 'string' ? `"${target}"` : String(target);
  const plain = target === null || /^(?:string|number|boolean)$/.test(typeof target);
  throw new TypeError(`${typeof target}${plain ? ` ${shown}` : ''} is not a function`);
}

/**
 * Calls whatever it is from a hand-written twin, which goes on with what this returns, or returns it: a generator of its
 * own would cost more than all the rest.
 */
export function callTwin(target: unknown, self: unknown, ...args: unknown[]): ReturnType<Twin> {
  const twin = usableTwin(target);
  if (twin !== null) return Reflect.apply(twin, self, args) as ReturnType<Twin>;
  checkCallable(target);
  return plainly(target as AnyFunction, self, args);
}

/** A call without a twin, as the answer of one. */
export function plainly(
  target: AnyFunction,
  self: unknown,
  args: readonly unknown[],
): ReturnType<Twin> {
  return new Answer(Reflect.apply(target, self, args)) as ReturnType<Twin>;
}
