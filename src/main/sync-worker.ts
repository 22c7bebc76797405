/**
 * The worker in which synckit performs what plain code on the main thread waits for: a hub of its own, with the same
 * definitions.
 */
import { runAsWorker } from 'synckit';
import { performHere } from '../core/call.ts';
import { isCloneable, notCloneable } from '../core/clone.ts';
import { encodeError, type EncodedError } from '../core/error-codec.ts';
import { Timeout } from '../core/timeout.ts';
import { resolveDefinition } from '../core/resolve-definition.ts';

export interface SyncRequest {
  readonly name: string;
  /** The module that makes the definition; none for those of this package. */
  readonly module: string | undefined;
  readonly args: unknown[];
  readonly timeout: number | undefined;
}

export type SyncReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly timedOut: boolean; readonly error: EncodedError };

runAsWorker(async ({ name, module, args, timeout }: SyncRequest): Promise<SyncReply> => {
  const start = performance.now();
  try {
    const definition = await resolveDefinition(name, module);
    const left =
      timeout === undefined ? undefined : Math.max(0, timeout - (performance.now() - start));
    const value = await performHere(definition, args, { timeout: left });
    // What synckit cannot send back would end its worker, and every later call with it.
    if (!isCloneable(value))
      throw notCloneable(value, `The result of ${name}()`, 'structured clone refused it');
    return { ok: true, value };
  } catch (error) {
    const timedOut =
      error instanceof Timeout && timeout !== undefined && performance.now() - start >= timeout;
    return { ok: false, timedOut, error: encodeError(error) };
  }
});
