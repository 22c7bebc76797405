/**
 * The worker in which synckit performs what plain code on the main thread waits for: a hub of its own, with the same
 * definitions.
 */
import { runAsWorker } from 'synckit';
import { performHere } from '../core/call.ts';
import { isCloneable, notCloneable } from '../core/clone.ts';
import { encodeError, type EncodedError } from '../core/error-codec.ts';
import { Timeout } from '../core/timeout.ts';
import { withTimeoutAsync } from '../core/with-timeout.ts';
import { resolveDefinition } from '../core/resolve-definition.ts';
import { loading } from './loading.ts';

/** What synckit is called with. Few and short parts: naming them would cost more than a short call. */
export type SyncRequest = [
  name: string,
  /** The module that makes the definition, or that it loads; none for those that are known here. */
  module: string | undefined,
  args: unknown[],
  timeout: number | undefined,
];

export type SyncReply =
  | [value: unknown]
  | [value: undefined, error: EncodedError, timedOut: boolean];

const loaded = new Set<string>();

/** Loads a module, during which a call of its own for it would lead to another worker, and so on for ever. */
async function load(module: string): Promise<void> {
  loading.add(module);
  try {
    await import(module);
    loaded.add(module);
  } finally {
    loading.delete(module);
  }
}

function within(timeout: number | undefined, work: () => Promise<void>): Promise<void> {
  return timeout === undefined ? work() : withTimeoutAsync(timeout, work);
}

runAsWorker(async (...[name, module, args, timeout]: SyncRequest): Promise<SyncReply> => {
  const start = timeout === undefined ? 0 : performance.now();
  const spent = (): number => performance.now() - start;
  try {
    if (module !== undefined && !loaded.has(module)) await within(timeout, () => load(module));
    const definition = await resolveDefinition(name, module);
    const left = timeout === undefined ? undefined : Math.max(0, timeout - spent());
    const value = await performHere(definition, args, { timeout: left });
    // What synckit cannot send back would end its worker, and every later call with it.
    if (!isCloneable(value))
      throw notCloneable(value, `The result of ${name}()`, 'structured clone refused it');
    return [value];
  } catch (error) {
    const timedOut = error instanceof Timeout && timeout !== undefined && spent() >= timeout;
    return [undefined, encodeError(error), timedOut];
  }
});
