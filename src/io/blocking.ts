/**
 * `blocking`: any async module as a blocking API, the other way round from `wrap`.
 *
 * The module runs once, on the hub's loop: one connection pool for all green threads. Its exports get a blocking face
 * under their own name and an explicit one under the name with `Async`.
 */
import { ambientWait } from '../core/ambient.ts';
import { isCloneable } from '../core/clone.ts';
import { defineBlocking, facesOf, layered } from '../core/definition.ts';
import { CoppiceError, invalidArgument } from '../core/errors.ts';
import { heap, type CallOptions, type WaitOptions } from '../core/heap.ts';
import {
  exportsOf,
  isIteratorReference,
  iteratorOf,
  loadedExports,
  moduleDefinition,
  requireExports,
} from '../core/module-definition.ts';
import { moduleUrl } from '../core/module-url.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What an async iterable, or a promise of one, gives; `never` for everything else. */
type ItemOf<R> = [Awaited<R>] extends [never]
  ? never
  : Awaited<R> extends AsyncIterable<infer T>
    ? T
    : never;

/** What a function of the module gives in its blocking face. */
type BlockingResult<R> = [ItemOf<R>] extends [never] ? Awaited<R> : IterableIterator<ItemOf<R>>;

/** What it gives in its explicit face. */
type ExplicitResult<R> = [ItemOf<R>] extends [never]
  ? Promise<Awaited<R>>
  : AsyncIterable<ItemOf<R>>;

type BlockingSignature<A extends unknown[], R> = (...args: A) => BlockingResult<R>;
type ExplicitSignature<A extends unknown[], R> = (...args: A) => ExplicitResult<R>;

/** A function with four signatures: one that has fewer matches too, and gives the first of them again. */
interface Overloaded<
  A extends unknown[],
  R,
  B extends unknown[],
  S,
  C extends unknown[],
  T,
  D extends unknown[],
  U,
> {
  (...args: A): R;
  (...args: B): S;
  (...args: C): T;
  (...args: D): U;
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/**
 * The blocking face of a function, with its last four overloads. One whose result is the same in this face is the very
 * function, type parameters and all; those of any other cannot be kept, since no type can change a generic result.
 */
type BlockingFace<F extends AnyFunction> =
  Same<ReturnType<F>, BlockingResult<ReturnType<F>>> extends true
    ? F
    : F extends Overloaded<infer A, infer R, infer B, infer S, infer C, infer T, infer D, infer U>
      ? BlockingSignature<A, R> &
          BlockingSignature<B, S> &
          BlockingSignature<C, T> &
          BlockingSignature<D, U>
      : never;

/** The same of its explicit face: every function that returns a promise is itself. */
type ExplicitFace<F extends AnyFunction> =
  Same<ReturnType<F>, ExplicitResult<ReturnType<F>>> extends true
    ? F
    : F extends Overloaded<infer A, infer R, infer B, infer S, infer C, infer T, infer D, infer U>
      ? ExplicitSignature<A, R> &
          ExplicitSignature<B, S> &
          ExplicitSignature<C, T> &
          ExplicitSignature<D, U>
      : never;

/** A function that the module itself calls `listAsync` is `list` in the blocking face. */
type PlainName<K, V> = V extends AnyFunction ? (K extends `${infer N}Async` ? N : K) : K;

/** A function that can be called as it is, or with limits on each call. */
export type Limitable<F> = F & {
  /** The same function with these limits: `db.query.with({ timeout: 1_000 })(sql)`. */
  with(limits: WaitOptions): Limitable<F>;
};

/** A module with both faces of each function, and its other exports as they are. */
export type Blocking<M> = {
  // First, since of a module without types every name ends in anything.
  readonly [
    K in keyof M as M[K] extends AnyFunction ? `${PlainName<K, M[K]> & string}Async` : never
  ]: M[K] extends AnyFunction ? Limitable<ExplicitFace<M[K]>> : never;
} & {
  readonly [K in keyof M as PlainName<K, M[K]>]: M[K] extends AnyFunction
    ? Limitable<BlockingFace<M[K]>>
    : M[K];
};

/** A module of which nothing is known. */
type Untyped = Record<string, (...args: unknown[]) => unknown>;

/** What is known of one export without calling it. */
type Description =
  | { readonly kind: 'function' }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'uncloneable' };

type Descriptions = ReadonlyMap<string, Description>;

const describeCall = defineBlocking(
  'module.describe',
  async (url: string) => describeAll(await exportsOf(url)),
  { loads: ([url]) => url as string },
);

function describeAll(exports: object): Map<string, Description> {
  return new Map(Object.entries(exports).map(([name, value]) => [name, describe(value)]));
}

function describe(value: unknown): Description {
  if (typeof value === 'function') return { kind: 'function' };
  return isCloneable(value) ? { kind: 'value', value } : { kind: 'uncloneable' };
}

/**
 * Makes an ordinary async module callable in blocking style.
 *
 * In a green thread `db.query(sql)` yields implicitly; in a coroutine `await db.queryAsync(sql)`; in plain code on the
 * main thread `db.query(sql)` blocks for real, in another instance of the module. Async generators become synchronous
 * iterators, pulled one item at a time and closed by leaving the loop; exports that are no functions can be read where
 * they clone, and are those of the instance on the hub. A name that the module does not export is `undefined`, as on any
 * object: calling it is a `TypeError`.
 *
 * What holds in detail:
 * - A method of an object that is the default export (`module.exports = new Db()`) is called on that object.
 * - A value whose own name ends in `Async` can be read in green threads, and on the main thread once the module is loaded
 *   there; until then the name stands for an explicit face.
 * - What crosses to a Worker, or from plain code on the main thread, is cloned: a `Buffer` arrives as a `Uint8Array`.
 *   Coroutines and fibers of the main thread get the very object.
 * - As with any `import()`, a module that failed to load stays failed: every later call throws the same error, until the
 *   program is started anew.
 *
 * @param module as a `URL` or an absolute path.
 * @param limits on each call, on loading the module for it, and on each step of an iterator: `timeout` in milliseconds, `signal`. Those of one call
 *   are given by `db.query.with({ timeout, signal })(sql)`, and come before these.
 * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT` for what names no module; from a call,
 *   `ERR_COPPICE_NOT_CLONEABLE`, or what the function itself throws; from an explicit face whose function is not exported,
 *   `ERR_COPPICE_NO_EXPORT`, as a rejection.
 * @example
 * const db = blocking<typeof import('./db.js')>(new URL('./db.js', import.meta.url));
 * const rows = db.query('select 1');
 * const same = await db.queryAsync('select 1');
 * const soon = db.query.with({ timeout: 1_000 })('select 1');
 */
export function blocking<M extends object = Untyped>(
  module: URL | string,
  limits?: WaitOptions,
): Blocking<M> {
  const url = moduleUrl(module);
  if (url === undefined) {
    throw invalidArgument(
      `blocking() takes a module as a URL or an absolute path: new URL('./db.js', import.meta.url); got ${typeof module === 'string' ? module : `a ${typeof module}`}.`,
    );
  }
  const checked = limits && layered(undefined, limits);
  const members = new Map<string, unknown>();
  let descriptions: Descriptions | undefined;
  const read = (name: string): unknown => {
    const explicit = name.endsWith('Async') ? name.slice(0, -'Async'.length) : undefined;
    if (explicit === undefined || mayAsk(url)) descriptions ??= describeModule(url, checked);
    if (explicit !== undefined && !(descriptions && isValue(descriptions, name, explicit)))
      return explicitFace(url, explicit, checked);
    const description = descriptions?.get(name) ?? descriptions?.get(`${name}Async`);
    if (description?.kind === 'function') return facesOf(moduleDefinition(url, name), checked);
    if (description?.kind === 'uncloneable') throw notReadable(url, name);
    // Whatever described it in plain code on the main thread, the value is that of the instance that all others use.
    if (description && heap.way.kind === 'main')
      return (loadedExports(url) ?? requireExports(url))[name];
    return description?.value;
  };
  return new Proxy(Object.create(null) as Blocking<M>, {
    get(_target, name) {
      // It must not look like a promise, or awaiting it would call its `then`.
      if (typeof name !== 'string' || name === 'then') return undefined;
      const known = members.get(name);
      if (known !== undefined) return known;
      const member = read(name);
      // Before the module is described, what ends in Async only seems to be a function.
      if (descriptions) members.set(name, member);
      return member;
    },
  });
}

/**
 * May it be asked now what a name that ends in `Async` is? Whoever awaits must not be held up for it: on the hub only
 * what is loaded is looked at, and in a Worker nobody waits under a limit that cannot end the waiting.
 */
function mayAsk(url: string): boolean {
  return heap.way.kind === 'main'
    ? loadedExports(url) !== undefined
    : ambientWait().signals.length === 0;
}

/** Is it a value, and neither of the names that a function has? */
function isValue(descriptions: Descriptions, name: string, explicit: string): boolean {
  const kind = descriptions.get(name)?.kind;
  return (
    kind !== undefined && kind !== 'function' && descriptions.get(explicit)?.kind !== 'function'
  );
}

/** What the module exports. On the hub this asks the instance there, if there is one or is going to be. */
function describeModule(url: string, limits: CallOptions = {}): Descriptions {
  const ask = describeCall.with(limits);
  if (heap.way.kind !== 'main') return ask(url);
  const loaded = loadedExports(url);
  if (loaded) return describeAll(loaded);
  // A fiber's calls are performed here, so the module is needed here; and a fiber cannot be set aside in a property.
  const thread = heap.currentThread() as { kind?: string } | undefined;
  return thread?.kind === 'fiber' ? describeRequired(url, ask) : ask(url);
}

function describeRequired(url: string, ask: typeof describeCall): Descriptions {
  try {
    return describeAll(requireExports(url));
  } catch (error) {
    if ((error as Partial<CoppiceError>).code !== 'ERR_COPPICE_WOULD_BLOCK_MAIN') throw error;
    return ask(url);
  }
}

/** Calls for coroutines. The result can be awaited, and when it is an async iterable, iterated without awaiting it. */
function explicitFace(
  url: string,
  exportName: string,
  limits: CallOptions = {},
): Limitable<(...args: unknown[]) => Promise<unknown>> {
  const definition = moduleDefinition(url, exportName);
  const call = (...args: unknown[]): Promise<unknown> => {
    const result = heap.way
      .performAsync(definition, args, limits)
      .then((value) => (isIteratorReference(value) ? iteratorOf(value, limits).explicit() : value));
    return Object.defineProperty(result, Symbol.asyncIterator, {
      value: async function* () {
        yield* (await result) as AsyncIterable<unknown>;
      },
    });
  };
  const more = (given: WaitOptions) => explicitFace(url, exportName, layered(limits, given));
  Object.defineProperty(call, 'name', { value: `${exportName}Async` });
  return Object.defineProperty(call, 'with', { value: more }) as ReturnType<typeof explicitFace>;
}

function notReadable(url: string, name: string): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_NOT_CLONEABLE',
    `The export "${name}" of ${url} cannot be sent to another thread. Export a function that uses it instead.`,
  );
}
