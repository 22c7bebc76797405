/**
 * What every primitive is made of: a core, which is plain state in the heap of the hub, and a face, which is the same
 * class in every heap.
 *
 * Invariants: a primitive's core lives at the hub and nowhere else; in a Worker the face has none, and each of its
 * methods is a call that the hub performs. One method is one definition: its blocking face, its async face and its twin
 * differ only in how they wait. A primitive crosses by reference, so it is the same object wherever it arrives.
 */
import { answered } from '../core/answer.ts';
import { beginningCall } from '../core/call.ts';
import {
  define,
  defineBlocking,
  type BlockingFunction,
  type Definition,
  type Result,
} from '../core/definition.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import { defineHandle, handleGetter, type HandleGetter } from '../core/handle.ts';
import { strangeName } from '../core/limits.ts';
import { timeoutError } from '../core/timeout.ts';
import { setTwin, twinOf } from '../core/twin.ts';
import { Wait, type Undo } from '../core/wait.ts';
import { MAIN } from '../hub/program.ts';
import { liveThread } from '../hub/registry.ts';
import { liveWorkerFiber } from '../hub/worker-fiber.ts';
import { nextHandleId, publish, registerSharedKind } from '../hub/handles.ts';

/** Where a primitive keeps its core; `undefined` in a Worker. */
export const CORE = Symbol('coppice.sync.core');

/** Where a primitive keeps the number of its reference; 0 as long as it has never crossed. */
const ID = Symbol('coppice.sync.id');

/** Where a face in a Worker keeps the words that it shares with the core. */
const WORDS = Symbol('coppice.sync.words');

/** A core whose state can be put into shared memory. */
export interface Sharable {
  /** Puts it there, if it is not yet. */
  share(): Int32Array;
}

type CoreFactory = (...args: never[]) => object;

interface Kind {
  readonly type: { readonly prototype: Primitive };
  readonly makeCore: CoreFactory;
  readonly byReference: HandleGetter;
}

const kinds = new Map<string, Kind>();

/** Makes primitives of this kind usable in every heap. */
export function registerKind(
  kind: string,
  type: { readonly prototype: Primitive },
  makeCore: CoreFactory,
): void {
  const byReference = handleGetter<Primitive>(kind, (self) => {
    if (self[ID] === 0) publish(self, kind, (self[ID] = nextHandleId()));
    return self[ID];
  });
  kinds.set(kind, { type, makeCore, byReference });
  registerSharedKind(kind, (id) => {
    const face = Object.create(type.prototype) as Primitive;
    Object.defineProperty(face, ID, { value: id });
    defineHandle(face, byReference);
    return face;
  });
}

/** The base of all primitives. `C` is the core. */
export abstract class Primitive<C extends object = object> {
  /** @internal */
  declare readonly [CORE]: C | undefined;
  /** @internal */
  declare [ID]: number;

  // oxlint-disable-next-line typescript/consistent-return -- a constructor gives `this` unless it says otherwise
  constructor(kind: string, args: readonly unknown[]) {
    if (heap.way.kind !== 'main') {
      // The hub makes it; what comes back is this heap's face of it, and so what `new` gives.
      const face = createCall(kind, args) as this;
      if (Object.getPrototypeOf(face) !== new.target.prototype)
        Object.setPrototypeOf(face, new.target.prototype);
      return face;
    }
    const { makeCore, byReference } = kinds.get(kind) as Kind;
    Object.defineProperty(this, CORE, { value: makeCore(...(args as never[])) });
    Object.defineProperty(this, ID, { value: 0, writable: true });
    defineHandle(this, byReference);
  }
}

/**
 * The words of a primitive, in a Worker; asked for when they are first needed. `undefined` at the hub, whose core knows.
 */
export function wordsOf(self: Primitive<Sharable>): Int32Array | undefined {
  if (self[CORE]) return undefined;
  const holder = self as { [WORDS]?: Int32Array | undefined };
  return (holder[WORDS] ??= wordsCall(self));
}

/** These words are no longer those of the core. */
export function forgetWords(self: Primitive<Sharable>): void {
  (self as { [WORDS]?: Int32Array | undefined })[WORDS] = undefined;
}

/** No yield point, and so no pin where a fiber of a Worker makes it. */
const DONE_AT_ONCE = { uninterrupted: true };

const wordsCall = defineBlocking(
  'sync.words',
  (self: Primitive<Sharable>) => (self[CORE] as Sharable).share(),
  DONE_AT_ONCE,
);

const createCall = defineBlocking(
  'sync.create',
  (kind: string, args: readonly unknown[]) => {
    const { type } = kinds.get(kind) as Kind;
    const Type = type as unknown as new (...args: readonly unknown[]) => Primitive;
    return new Type(...args);
  },
  DONE_AT_ONCE,
);

/** Of a method: what it does, and how that is undone. */
interface Work {
  readonly implementation: Definition['implementation'];
  readonly undo: Undo<never, never> | undefined;
  /** See `MethodOptions`. */
  readonly optionsAt: number | undefined;
}
const works = new WeakMap<object, Work>();

export interface MethodOptions<S, R> {
  /** Which argument, not counting the primitive, holds `{ timeout, signal }`. */
  readonly optionsAt?: number;
  /** Its first argument is a timeout, after which it gives `false`. */
  readonly timed?: boolean;
  /** It may wait although it takes no options. Any other without options is done at once, and is no yield point. */
  readonly waits?: boolean;
  /** See `DefinitionOptions`. */
  readonly entered?: boolean;
  /** See `DefinitionOptions`. */
  readonly owned?: boolean;
  /** See `DefinitionOptions`. */
  readonly standing?: boolean;
  /**
   * Gives back what was got by a caller that turns out to be gone, or is ended before it goes on. A waiter that is gone
   * when it is woken says so itself, and needs none: see wait-queue.ts.
   */
  readonly undo?: Undo<S, R>;
  /**
   * For what cannot be taken back: what to do once the caller has been told, if it can be done on the spot. Not done
   * for a caller that turns out to be gone.
   */
  readonly commit?: (self: S, args: readonly unknown[]) => Commit<R> | undefined;
}

/** Something that can be done on the spot. */
export interface Commit<R> {
  readonly value: R;
  act(): void;
}

/** Defines a method of a primitive. Its first argument is the primitive. */
export function method<S extends Primitive, A extends unknown[], R>(
  name: string,
  implementation: (self: S, ...args: A) => Result<R>,
  {
    optionsAt,
    timed = false,
    waits = optionsAt !== undefined,
    entered = false,
    owned = false,
    standing = false,
    undo,
    commit,
  }: MethodOptions<NoInfer<S>, NoInfer<R>> = {},
): BlockingFunction<[S, ...A], R> {
  const performed = (self: S, ...args: A): Result<R> => {
    const ready = commit?.(self, args);
    if (ready) {
      return new Wait<R>((waker) => {
        if (waker.wake(ready.value) !== false) ready.act();
        return () => {};
      }, name);
    }
    const result = implementation(self, ...args);
    if (!undo || result instanceof Wait) return result;
    return new Wait<R>((waker) => {
      if (waker.wake(result as R) === false) undo(self, result as R);
      return () => {};
    }, name);
  };
  const call = define<[S, ...A], R>({
    name,
    implementation: performed,
    here: implementation as Definition['implementation'],
    optionsAt: optionsAt === undefined ? undefined : optionsAt + 1,
    optionNames: [],
    hubOnly: true,
    isMethod: true,
    contextFree: true,
    uninterrupted: !waits,
    entered,
    owned,
    standing,
    reclaim:
      undo &&
      ((value, { args: [self], thread, fiber }) =>
        actingFor(fiber ?? (thread as object), () => undo(self as S, value as R))),
    // At the hub what need not wait is done on the spot, in plain code too.
    direct: ([self, ...args], { timeout, signal }) => {
      if (!(self as S)[CORE]) return undefined;
      signal?.throwIfAborted();
      const result = implementation(self as S, ...(args as A));
      if (!(result instanceof Wait)) return { value: result };
      if (timeout === 0) throw timeoutError(0);
      return timed && args[0] === 0 ? { value: false } : undefined;
    },
  });
  works.set(call, {
    implementation: implementation as Definition['implementation'],
    undo,
    optionsAt,
  });
  return call;
}

/**
 * Gives a method of a face its twin. A method takes at most one argument before its options.
 *
 * Those that fibers call by the million write theirs out instead: V8 optimizes a text for the work that it has seen it
 * do, so that one for all of them is good at none.
 *
 * @param toArgs turns what the method takes into what the call takes, when they differ.
 */
export function twin<S extends Primitive, A extends unknown[], B extends unknown[], R>(
  target: (this: S, ...args: A) => unknown,
  call: BlockingFunction<[S, ...B], R>,
  toArgs: (...args: A) => B = (...args) => args as unknown as B,
): void {
  const work = works.get(call) as Work;
  const implementation = work.implementation as (self: S, first?: unknown) => R | Wait<R>;
  const undo = work.undo as Undo<S, R> | undefined;
  const takesItem = work.optionsAt === 1 && target.length > 1;
  const withLimits = (self: S, given: A): Generator =>
    performed({ self, method: target, given, call, args: toArgs(...given) });
  // Spelled out, since this is where fibers switch: no argument list is made unless there are options.
  if (takesItem) {
    setTwin(target, function (this: S, item: unknown, options?: unknown) {
      return options !== undefined || !this[CORE]
        ? withLimits(this, [item, options] as unknown as A)
        : answered(implementation(this, item), undo, this);
    });
  } else {
    setTwin(target, function (this: S, options?: unknown) {
      return options !== undefined || !this[CORE]
        ? withLimits(this, [options] as unknown as A)
        : answered(implementation(this), undo, this);
    });
  }
}

/** A call of a fiber that has limits, or is made in a Worker. */
interface Performed {
  readonly self: unknown;
  readonly method: (...args: never[]) => unknown;
  /** Its arguments. */
  readonly given: readonly unknown[];
  readonly call: (...args: never[]) => unknown;
  /** Its arguments, after the primitive. */
  readonly args?: readonly unknown[];
}

/** What is not done on the spot. Where a Worker may park, its plain way is the faster one: it knows what is lent to it. */
export function* performed({ self, method, given, call, args = given }: Performed): Generator {
  return heap.mayPark?.() === true
    ? Reflect.apply(method, self, given as never)
    : yield* twinOf(call)(self as never, ...(args as never[]));
}

/**
 * For calls that answer `false` when their time is over: the timeout is an argument, the signal an option. What is no
 * options object is passed on as one, so that the call refuses it, each face in its own way.
 */
export function limits(
  options: WaitOptions | undefined,
): [timeout?: number | undefined, rest?: WaitOptions] {
  if (options === undefined || options === null) return [];
  const { timeout } = options;
  const understood = timeout === undefined || (typeof timeout === 'number' && timeout >= 0);
  if (typeof options !== 'object' || !understood || strangeName(options) !== undefined)
    return [undefined, options];
  return options.signal !== undefined
    ? [options.timeout, { signal: options.signal }]
    : [options.timeout];
}

let acting: object | undefined;

/** Who owns what is acquired now: the current green thread, of whichever kind, or the main program as a whole. */
export function owner(): object {
  return acting ?? beginningCall()?.fiber ?? (heap.currentThread() as object | undefined) ?? MAIN;
}

/** Does something in the name of a green thread that cannot do it any more. */
function actingFor(thread: object, work: () => void): void {
  acting = thread;
  try {
    work();
  } finally {
    acting = undefined;
  }
}

/** The largest id that a shared word can hold beside its sign; the main program's own comes after it. */
export const MAX_ID = 0x7ffffffe;
const MAIN_ID = 0x7fffffff;

/** An owner as a shared word holds it. */
export function idOf(one: object): number {
  return one === MAIN ? MAIN_ID : (one as { id: number }).id;
}

/** The owner again. One that has ended is only a name. */
export function ownerOf(id: number): object {
  if (id === MAIN_ID) return MAIN;
  return (
    liveThread(id)?.thread ??
    liveWorkerFiber(id) ?? { name: `#${id}, which has ended`, ended: true }
  );
}

/** The name of an owner, for reports. */
export function nameOf(one: unknown): string {
  return (one as { name?: string } | undefined)?.name ?? 'nobody';
}
