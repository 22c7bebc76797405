/**
 * The exports of an ordinary async module as blocking calls: one definition for each, made when it is first named.
 *
 * Invariants: on the hub the module is loaded once, whoever calls; an async generator crosses as a reference to the
 * running iterator, never as its items.
 */
import type { Definition } from './definition.ts';
import { CoppiceError } from './errors.ts';
import { heap, type WaitOptions } from './heap.ts';
import { keepIterator, RemoteIterator } from './remote-iterator.ts';

/** How a kept iterator is named in a result. */
interface IteratorReference {
  readonly $coppiceIterator: number;
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
  options: WaitOptions,
): RemoteIterator<unknown> {
  return new RemoteIterator(
    $coppiceIterator,
    options.timeout === undefined && !options.signal ? undefined : () => options,
  );
}

/** Loads a module; what it exports, CommonJS included, by name. */
export async function exportsOf(url: string): Promise<Record<string, unknown>> {
  const namespace = (await import(url)) as Record<string, unknown>;
  const inner = namespace['default'];
  // A CommonJS module whose export names Node could not see in its source has them on its default export only.
  return typeof inner === 'object' && inner !== null ? { ...inner, ...namespace } : namespace;
}

async function perform(url: string, exportName: string, args: unknown[]): Promise<unknown> {
  const exports = await exportsOf(url);
  const target = exports[exportName] ?? exports[`${exportName}Async`];
  if (typeof target !== 'function') {
    throw new CoppiceError(
      'ERR_COPPICE_NO_EXPORT',
      `${url} has no exported function "${exportName}". It exports: ${Object.keys(exports).join(', ') || 'nothing'}.`,
    );
  }
  const result: unknown = await (target as (...args: unknown[]) => unknown)(...args);
  return isAsyncIterator(result)
    ? { $coppiceIterator: keepIterator(result[Symbol.asyncIterator]()) }
    : result;
}

function isAsyncIterator(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
