/**
 * `defineBlocking`: the centre of the code base. A blocking call is defined once, by its async implementation, and
 * every way of waiting is derived from that one definition.
 *
 * Invariants: a name stands for one definition in a heap, and for the same one in every heap; the blocking face, the
 * async face and the twin differ in how they wait and in nothing else.
 */
import { Call, type CallContext } from './call.ts';
import { invalidArgument } from './errors.ts';
import { clock } from './clock.ts';
import { heap, type CallOptions, type FarWait, type WaitOptions } from './heap.ts';
import { checkLimits } from './limits.ts';
import { setTwin, TWIN, twinOf, type Twin } from './twin.ts';
import {
  isThenable,
  Wait,
  waitForPromise,
  type Cancel,
  type Undo,
  type Waker,
  type WaitTarget,
} from './wait.ts';

/** What an implementation may return: the value, a promise of it, or the description of a wait for it. */
export type Result<R> = R | PromiseLike<R> | Wait<R>;

/** What stands in a definition beside the name and the implementation. */
export interface DefinitionOptions {
  /** Which argument is an options object with `{ timeout, signal }`. Without it they are given by `.with()` only. */
  readonly optionsAt?: number | undefined;
  /** What it may hold beside `timeout` and `signal`. Without this: anything. */
  readonly optionNames?: readonly string[];
  /** What that object looks like, for who gives something else. */
  readonly exampleOptions?: string;
  /** The signal that another argument carries, for calls whose options name none. */
  readonly signalIn?: (args: readonly unknown[]) => AbortSignal | undefined;
  /** The implementation takes the timeout of that argument itself, since it answers when the time is over. */
  readonly ownTimeout?: boolean;
  /** Performed in the caller's own heap for coroutines and fibers (with these arguments): it needs nothing that only the hub has. */
  readonly local?: boolean | ((args: readonly unknown[]) => boolean);
  /** It asks for its `callContext()` only until it returns, if at all: then a fiber need not make one, and pays nothing. */
  readonly contextFree?: boolean;
  /** It asks for its `callContext()` only until it returns. Then it need not follow the async code: on Node 20 that slows each promise down. */
  readonly asksAtOnce?: boolean;
  /** Only the hub's own state can complete it, so plain code on the main thread cannot wait for it. */
  readonly hubOnly?: boolean;
  /** Its first argument is what it is called on, and not counted as one. */
  readonly isMethod?: boolean;
  /** What to use instead on the main thread: named in the error. */
  readonly asyncName?: string;
  /** Does it without any loop, where the platform can. `undefined` in a heap that cannot: then it is performed. */
  readonly direct?: (args: unknown[], options: CallOptions) => { value: unknown } | undefined;
  /** Makes of the caller's arguments what the implementation takes: something that can cross to the hub. */
  readonly encode?: (args: unknown[]) => unknown[];
  /** Makes of the implementation's result what the caller gets. Runs on the caller's side, also where both are one. */
  readonly decode?: (value: unknown, options: CallOptions) => unknown;
  /** Not a yield point: it is done at once, and a kill or a timeout waits until it is. */
  readonly uninterrupted?: boolean;
  /** Its face has been a yield point already: what is due then is thrown only once the hub has been told of the call. */
  readonly entered?: boolean;
  /** What it does depends on who calls, down to which fiber of a Worker: it acquires, or releases, for that one. */
  readonly owned?: boolean;
  /** Nobody is blocked in it: it listens for what may come while the code goes on. */
  readonly standing?: boolean;
  /** A result came too late: its caller had been killed or timed out. */
  readonly discard?: (value: unknown, context: CallContext) => void;
  /**
   * The implementation for a fiber of its own heap, which is there to take what is got at once. To yield with that in hand
   * would lose it, where a kill is thrown instead of the wait begun.
   */
  readonly here?: Definition['implementation'];
  /** As `discard`, for one whose waits heed what `wake` returns: only for a Worker or a fiber that was ended before it took the result. */
  readonly reclaim?: ((value: unknown, call: Call) => void) | undefined;
  /** The module that makes this definition, so that a hub that does not know it yet can load it. */
  readonly module?: string | undefined;
  /** The module that its implementation loads, where that is not `module`. */
  readonly loads?: (args: readonly unknown[]) => string | undefined;
}

export interface Definition extends DefinitionOptions {
  readonly name: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- arguments are checked at the faces
  readonly implementation: (...args: any[]) => Result<unknown>;
  /** The blocking face, so that stacks can be shown from its caller on. */
  face?: ((...args: never[]) => unknown) | undefined;
}

/** The blocking face of a definition, with the async one beside it. */
export interface BlockingFunction<A extends unknown[], R> {
  (...args: A): R;
  /** The explicit face: resolves with what the blocking face returns. */
  async(...args: A): Promise<R>;
  /**
   * The same call, in both faces, with a limit on each call: `query.with({ timeout: 1_000 })(sql)`. What it gives can be
   * kept. Options that a call itself takes come before these.
   *
   * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`.
   */
  with(limits: WaitOptions): BlockingFunction<A, R>;
}

/**
 * Defines a blocking call by its async implementation.
 *
 * In a green thread the result yields implicitly; in a coroutine `.async` is awaited; in plain code on the main thread
 * it blocks for real. The implementation runs on the hub's loop and may ask `callContext()` for its signal, which is
 * aborted when the caller gives up: `readText.with({ timeout: 1_000 })(path)`.
 *
 * @param name unique, by convention `package.function`.
 * @param implementation returns the value or a promise of it. In TypeScript each parameter says its type: a default alone,
 *   `(ms = 5) => …`, is `unknown` here and to the caller; `(ms: number = 5) => …` is right.
 * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT` for a name that is empty or taken by another definition.
 * @example
 * import { readFile } from 'node:fs/promises';
 * export const readText = defineBlocking('my-lib.readText', (path) => readFile(path, 'utf8'), { module: import.meta.url });
 */
export function defineBlocking<A extends unknown[], R>(
  name: string,
  implementation: (...args: A) => Result<R>,
  options: DefinitionOptions = {},
): BlockingFunction<A, R> {
  if (typeof name !== 'string' || name === '')
    throw invalidArgument('A blocking call needs a name.');
  if (typeof implementation !== 'function') {
    throw invalidArgument(`The implementation of "${name}" must be a function.`);
  }
  const known = heap.definitions.get(name);
  if (known && known.module !== options.module) {
    throw invalidArgument(`The blocking call "${name}" is defined already; choose another name.`);
  }
  return define<A, R>({ ...options, name, implementation });
}

/** Makes a definition known and gives its face. */
export function define<A extends unknown[], R>(definition: Definition): BlockingFunction<A, R> {
  heap.definitions.set(definition.name, definition);
  return facesOf<A, R>(definition);
}

/**
 * The faces and the twin of a definition.
 *
 * There are a hundred of them in each Worker, and most are never called: so only the blocking face is made here, and the
 * others when they are first asked for. Nor is anything copied that need not be.
 */
export function facesOf<A extends unknown[], R>(
  defined: Definition,
  limits?: CallOptions,
): BlockingFunction<A, R> {
  // One can have several faces, and a stack is to be shown from the one on that was called.
  const definition = defined.face ? { ...defined } : defined;
  const name = shortName(definition);
  // A function gets its name by a key that is computed: to define it anew would cost each of them a table of properties.
  const face = {
    [name]: (...args: A): R => {
      const { rest, options } = split(definition, args, limits);
      const done = definition.direct?.(rest, options);
      if (done) return done.value as R;
      return decoded(definition, heap.way.perform(definition, rest, options), options) as R;
    },
  }[name] as BlockingFunction<A, R>;
  definition.face = face;
  Object.setPrototypeOf(face, inherited);
  Object.defineProperty(face, PARTS, { value: { face, definition, limits } satisfies Parts });
  return face;
}

/** What follows the last dot of `package.function`; the export alone for one of a module. */
function shortName({ name }: Definition): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf('#')) + 1);
}

/** Where a blocking face keeps what it is made of. */
const PARTS = Symbol('coppice.parts');

interface Parts {
  readonly face: (...args: never[]) => unknown;
  readonly definition: Definition;
  readonly limits: CallOptions | undefined;
}

interface Face {
  readonly [PARTS]: Parts;
}

/** What all blocking faces inherit, and nothing else does. */
const inherited: object = Object.create(Function.prototype, {
  async: {
    get(this: Face) {
      const { face, definition, limits } = this[PARTS];
      const value = asyncFace(definition, limits);
      Object.defineProperty(face, 'async', { value });
      return value;
    },
  },
  with: {
    value(this: Face, more: WaitOptions) {
      const { definition, limits } = this[PARTS];
      return facesOf(definition, layered(limits, more));
    },
  },
  [TWIN]: {
    get(this: Partial<Face>) {
      // Anybody can come across this object as the prototype of a face, and ask it whether it has a twin.
      if (!this[PARTS]) return null;
      const { face } = this[PARTS];
      setTwin(face, twinOfDefinition(this[PARTS]));
      return twinOf(face);
    },
  },
});

function asyncFace(
  definition: Definition,
  limits: CallOptions | undefined,
): (...args: unknown[]) => Promise<unknown> {
  const face = (...args: unknown[]): Promise<unknown> => {
    // Not an async function, which would make one more promise for each call.
    try {
      const { rest, options } = split(definition, args, limits);
      const result = heap.way.performAsync(definition, rest, options);
      return definition.decode
        ? result.then((value) => decoded(definition, value, options))
        : result;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };
  Object.defineProperty(face, 'name', { value: `${shortName(definition)}Async` });
  return face;
}

function twinOfDefinition({ face, definition, limits }: Parts): Twin {
  return function* (...args: unknown[]): Generator<unknown, unknown, unknown> {
    const { rest, options } = split(definition, args, limits);
    if (heap.way.suspend && !isLocal(definition, rest)) {
      // Parking is several times as fast.
      if (heap.mayPark?.() === true) return face(...(args as never[]));
      // What only the hub has is performed there, for a fiber in a Worker's heap as for its coroutines.
      const wait = heap.way.suspend(definition, rest, options);
      const value = yield* wait.undoneBy(refuse, wait);
      wait.taken();
      return decoded(definition, value, options);
    }
    if (!definition.contextFree || options.timeout !== undefined || options.signal) {
      const wait = new CallWait(definition, rest, options);
      return decoded(definition, yield* wait.undoneBy(givingBack(definition), rest), options);
    }
    const result = (definition.here ?? definition.implementation)(...rest);
    if (result instanceof Wait)
      return decoded(definition, yield* result.undoneBy(givingBack(definition), rest), options);
    if (isThenable(result))
      return decoded(definition, yield* waitForPromise(result, `${definition.name}()`), options);
    return decoded(definition, result, options);
  };
}

function decoded({ decode }: Definition, value: unknown, options: CallOptions): unknown {
  return decode ? decode(value, options) : value;
}

const refuse = (wait: FarWait): void => wait.refuse();
const nobody = { wake: () => false, fail: () => {} };

/** Gives back what a call of a fiber of this heap gave, for one that was ended before it could go on with it. */
function givingBack(definition: Definition): Undo<unknown[], unknown> | undefined {
  const giveBack = definition.discard ?? definition.reclaim;
  if (!giveBack) return undefined;
  return (args, value) => giveBack(value, new Call(definition, args, heap.currentThread(), nobody));
}

/** Is it performed in the heap of the coroutine or fiber that calls? */
export function isLocal({ local = false }: Definition, args: readonly unknown[]): boolean {
  return typeof local === 'function' ? local(args) : local;
}

/** Limits with others laid over them. */
export function layered(limits: CallOptions | undefined, more: WaitOptions): CallOptions {
  if (typeof more !== 'object' || more === null)
    throw invalidArgument(`Limits must be an object, { timeout, signal }; got ${String(more)}.`);
  checkLimits(more);
  const { timeout = limits?.timeout, signal = limits?.signal } = more;
  return { timeout, signal: signal ?? undefined };
}

/**
 * The wait for a call with a context or limits of its own: begun when waited for, aborted when the wait is withdrawn.
 * What it is for is what its implementation waits for.
 */
class CallWait extends Wait<unknown> {
  readonly #definition: Definition;
  readonly #args: unknown[];
  readonly #options: CallOptions;
  #call: Call | undefined;

  constructor(definition: Definition, args: unknown[], options: CallOptions) {
    super(undefined, `${definition.name}()`);
    this.#definition = definition;
    this.#args = args;
    this.#options = options;
  }

  override begin(waker: Waker<unknown>): Cancel {
    const call = new Call(this.#definition, this.#args, heap.currentThread(), waker, this.#options);
    this.#call = call;
    call.start();
    return (reason) => call.withdraw(reason);
  }

  override get what(): string {
    return this.#call?.wait?.what ?? super.what;
  }

  override get target(): WaitTarget | undefined {
    return this.#call?.wait?.target;
  }

  override get bounded(): boolean {
    return this.#call?.bounded ?? false;
  }

  override get abortable(): boolean {
    return this.#call?.abortable ?? false;
  }
}

function split(
  definition: Definition,
  args: unknown[],
  limits?: CallOptions,
): { rest: unknown[]; options: CallOptions } {
  const { optionsAt: at, ownTimeout, encode } = definition;
  const given = at === undefined ? undefined : (args[at] as CallOptions | null | undefined);
  const carried = definition.signalIn?.(args);
  if (given === undefined || given === null) {
    const options = carried ? { ...limits, signal: carried } : limits;
    return { rest: encode ? encode(args) : args, options: options ? withDeadline(options) : {} };
  }
  checkLimits(given, definition.optionNames ?? null, definition.exampleOptions);
  const { timeout, signal = carried ?? limits?.signal, whole, ...others } = given;
  const rest = [...args];
  rest[at as number] = ownTimeout ? { ...others, timeout } : others;
  return {
    rest: encode ? encode(rest) : rest,
    options: withDeadline({
      timeout: (ownTimeout ? undefined : timeout) ?? limits?.timeout,
      signal: signal ?? undefined,
      whole,
    }),
  };
}

function withDeadline(options: CallOptions): CallOptions {
  const { timeout } = options;
  return timeout === undefined ? options : { ...options, deadline: clock().now() + timeout };
}
