/**
 * Which definition a Worker means: one that this heap has, or one that a module makes which must be loaded first.
 */
import type { Definition } from './definition.ts';
import { CoppiceError } from './errors.ts';
import { importModule } from './import-module.ts';
import { exportOf, moduleDefinition } from './module-definition.ts';
import { heap } from './heap.ts';

/** The definition with this name. */
export function resolveDefinition(
  name: string,
  module: string | undefined,
): Definition | Promise<Definition> {
  const definition = heap.definitions.get(name);
  if (definition) return definition;
  const exportName = exportOf(name, module);
  if (exportName !== undefined) return moduleDefinition(module as string, exportName);
  if (module === undefined)
    return Promise.reject(
      unknown(name, 'give defineBlocking() the option { module: import.meta.url }'),
    );
  return load(name, module);
}

async function load(name: string, module: string): Promise<Definition> {
  await importModule(module);
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
