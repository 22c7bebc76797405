/**
 * The exports of an ordinary async module as blocking calls: one definition for each, made when it is first named.
 *
 * Invariants: on the hub the module is loaded once, whoever calls; an async generator crosses as a reference to the
 * running iterator, never as its items.
 */
import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import type { Definition } from './definition.ts';
import { CoppiceError } from './errors.ts';
import { importModule } from './import-module.ts';
import { heap, type WaitOptions } from './heap.ts';
import { closeAnywhere, keepIterator, RemoteIterator, type IteratorId } from './remote-iterator.ts';
import { isThenable } from './wait.ts';

/** How a kept iterator is named in a result. */
interface IteratorReference {
  readonly $coppiceIterator: IteratorId;
}

/** The definition for one exported function of a module. */
export function moduleDefinition(url: string, exportName: string): Definition {
  const name = `${url}#${exportName}`;
  const known = heap.definitions.get(name);
  if (known) return known;
  const definition: Definition = {
    name,
    module: url,
    asyncName: `${exportName}Async()`,
    implementation: (...args: unknown[]) => perform(url, exportName, args),
    decode: (value, options) => (isIteratorReference(value) ? iteratorOf(value, options) : value),
    discard: (value) => {
      if (isIteratorReference(value)) closeAnywhere(value.$coppiceIterator);
    },
  };
  heap.definitions.set(name, definition);
  return definition;
}

/** Which export a definition's name means, if it is one of a module. */
export function exportOf(name: string, module: string | undefined): string | undefined {
  return module !== undefined && name.startsWith(`${module}#`)
    ? name.slice(module.length + 1)
    : undefined;
}

export function isIteratorReference(value: unknown): value is IteratorReference {
  return typeof value === 'object' && value !== null && '$coppiceIterator' in value;
}

export function iteratorOf(
  { $coppiceIterator }: IteratorReference,
  { timeout, signal }: WaitOptions,
): RemoteIterator<unknown> {
  return new RemoteIterator(
    $coppiceIterator,
    timeout === undefined && !signal ? undefined : () => ({ timeout, signal }),
  );
}

type Namespace = Record<string, unknown>;
type AnyFunction = (...args: unknown[]) => unknown;

/** Those that are loaded: `import()` of a module that is there already costs as much as a whole call. */
const namespaces = new Map<string, Namespace>();

async function load(url: string): Promise<Namespace> {
  const namespace = (await importModule(url)) as Namespace;
  namespaces.set(url, namespace);
  return namespace;
}

/** Loads a module; what it exports, CommonJS included, by name. */
export async function exportsOf(url: string): Promise<Namespace> {
  return withInner(namespaces.get(url) ?? (await load(url)));
}

/** As `exportsOf`, if a call has loaded the module here already. */
export function loadedExports(url: string): Namespace | undefined {
  const namespace = namespaces.get(url);
  return namespace && withInner(namespace);
}

/**
 * As `exportsOf`, without the loop: the same instance that `import()` gives.
 *
 * @throws {CoppiceError} `ERR_COPPICE_WOULD_BLOCK_MAIN` for a module that only the loop could load.
 */
export function requireExports(url: string): Namespace {
  const { protocol, search, hash } = new URL(url);
  if (protocol !== 'file:' || search !== '' || hash !== '') throw needsLoop(url, undefined);
  try {
    const { createRequire } = process.getBuiltinModule('node:module');
    const exports: unknown = createRequire(url)(fileURLToPath(url));
    return withInner(
      (types.isModuleNamespaceObject(exports) ? exports : { default: exports }) as Namespace,
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // It has a top-level await, or is being loaded just now.
    if (code?.startsWith('ERR_REQUIRE_')) throw needsLoop(url, error);
    throw error;
  }
}

function needsLoop(url: string, cause: unknown): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_WOULD_BLOCK_MAIN',
    `The values that ${url} exports can be read in plain code on the main thread once it is loaded there. ` +
      'Await any of its functions first, by the name with Async, or export a function that returns the value.',
    { cause },
  );
}

/**
 * A CommonJS module whose export names Node could not see in its source has them on its default export only; so has one
 * whose `module.exports` is an instance, with its methods on the prototype.
 */
function withInner(namespace: Namespace): Namespace {
  const inner = innerOf(namespace);
  return inner ? { ...methodsOf(inner), ...inner, ...namespace } : namespace;
}

function innerOf({ default: inner }: Namespace): Namespace | undefined {
  return typeof inner === 'object' && inner !== null ? (inner as Namespace) : undefined;
}

/** What an instance inherits, down to what every object does. */
function methodsOf(instance: object): Namespace {
  const prototype = Object.getPrototypeOf(instance) as object | null;
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return {};
  const methods = methodsOf(prototype);
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
    if (typeof value === 'function' && name !== 'constructor') methods[name] = value;
  return methods;
}

function perform(url: string, exportName: string, args: unknown[]): unknown {
  const namespace = namespaces.get(url);
  if (!namespace) return load(url).then((loaded) => call(loaded, url, exportName, args));
  return call(namespace, url, exportName, args);
}

function call(namespace: Namespace, url: string, exportName: string, args: unknown[]): unknown {
  const exports = exportName in namespace ? namespace : withInner(namespace);
  const name = exports[exportName] === undefined ? `${exportName}Async` : exportName;
  const target = exports[name];
  if (typeof target !== 'function') {
    throw new CoppiceError(
      'ERR_COPPICE_NO_EXPORT',
      `${url} has no exported function "${exportName}". It exports: ${Object.keys(exports).join(', ') || 'nothing'}.`,
    );
  }
  const inner = innerOf(namespace);
  // A method needs its object, and is one where its object has it.
  const self = inner?.[name] === target ? inner : undefined;
  const result: unknown = Reflect.apply(target as AnyFunction, self, args);
  return isThenable(result) ? result.then(referenceTo) : referenceTo(result);
}

/** A sequence stays here; what stands for it crosses. */
function referenceTo(result: unknown): unknown {
  return isAsyncIterator(result)
    ? { $coppiceIterator: keepIterator(result[Symbol.asyncIterator]()) }
    : result;
}

function isAsyncIterator(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
