/**
 * A blocking call that takes its arguments in several forms: a port and a host, or all in one object.
 *
 * The definition behind it takes the one plain form that crosses to the hub; this puts the user's forms in front of all
 * its faces.
 */
import type { BlockingFunction } from '../core/definition.ts';
import { invalidArgument, inWords } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { setTwin, twinOf } from '../core/twin.ts';

/** Where to connect or to listen, with everything else that Node's sockets take and that is plain data. */
export type Place = Record<string, unknown>;
type Normal = [place: Place, options: WaitOptions];

/** Puts the forms `(port, host?, options?)` and `(place)` in front of the call. */
export function withPlace<F, R>(
  name: string,
  call: BlockingFunction<[Place, WaitOptions], R>,
): { blocking: F; explicit: (...args: unknown[]) => Promise<R> } {
  const blocking = (...args: unknown[]): R => call(...normal(name, args));
  const explicit = async (...args: unknown[]): Promise<R> => call.async(...normal(name, args));
  Object.defineProperty(blocking, 'name', { value: name });
  Object.defineProperty(blocking, 'async', { value: explicit });
  Object.defineProperty(explicit, 'name', { value: `${name}Async` });
  setTwin(blocking, function* (...args: unknown[]) {
    return yield* twinOf(call)(...normal(name, args));
  });
  return { blocking: blocking as F, explicit };
}

function normal(name: string, [first, second, third]: unknown[]): Normal {
  if (typeof first === 'object' && first !== null) {
    const { timeout, signal, ...place } = first as Place & WaitOptions;
    checkPort(name, place['port'], place['path']);
    return [place, { timeout, signal }];
  }
  checkPort(name, first, undefined);
  const [host, options] = typeof second === 'object' ? [undefined, second] : [second, third];
  const place = host === undefined ? { port: first } : { port: first, host };
  return [place, (options ?? {}) as WaitOptions];
}

function checkPort(name: string, port: unknown, path: unknown): void {
  if (typeof path === 'string') return;
  if (Number.isInteger(port) && (port as number) >= 0 && (port as number) <= 65_535) return;
  throw invalidArgument(
    `${name}() needs a port from 0 to 65535, alone or in an object: ${name}({ port: 7000 }); got ${inWords(port)}.`,
  );
}
