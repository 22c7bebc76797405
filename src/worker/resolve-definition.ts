/**
 * Which definition a Worker means: one that this heap has, or one that a module makes which must be loaded first.
 */
import type { Definition } from '../core/definition.ts';
import { CoppiceError } from '../core/errors.ts';
import { heap } from '../core/heap.ts';

/** The definition with this name. */
export function resolveDefinition(
  name: string,
  module: string | undefined,
): Definition | Promise<Definition> {
  const definition = heap.definitions.get(name);
  if (definition) return definition;
  if (module === undefined)
    return Promise.reject(
      unknown(name, 'give defineBlocking() the option { module: import.meta.url }'),
    );
  return load(name, module);
}

async function load(name: string, module: string): Promise<Definition> {
  await import(module);
  const definition = heap.definitions.get(name);
  if (!definition) throw unknown(name, `${module} did not define it when the hub loaded it`);
  return definition;
}

function unknown(name: string, hint: string): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_UNKNOWN_CALL',
    `The hub knows no blocking call "${name}": ${hint}.`,
  );
}
