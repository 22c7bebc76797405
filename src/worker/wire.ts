/**
 * Sending and receiving on the port between the hub and a Worker, with what structured clone alone does not do:
 * handles, transfer lists, and a clear error for what cannot be cloned.
 *
 * On the port travels the message, which begins with a number, or `[message, mark]`. The mark is an array that grows while
 * the message before it is serialized, by one number for each reference in it (see core/handle.ts); where it arrives
 * empty, or there is none, nothing is looked for. (A getter on the mark would say the same, but costs more than the rest of
 * a small message.)
 */
import { types } from 'node:util';
import type { MessagePort } from 'node:worker_threads';
import { isCloneable, notCloneable, transferListOf } from '../core/clone.ts';
import { decodeError, encodeError, type EncodedError } from '../core/error-codec.ts';
import {
  collectHandles,
  defineHandle,
  handleGetter,
  registerHandleKind,
  reviveHandles,
} from '../core/handle.ts';

/** The part of a message that is the user's, for its transfer list and for errors. */
export interface Payload {
  readonly values: readonly unknown[];
  /** What to call the value at this index. */
  readonly nameOf: (index: number) => string;
}

/**
 * Posts a message that carries a user's values.
 *
 * @returns the objects in it that cross by reference.
 * @throws {CoppiceError} `ERR_COPPICE_NOT_CLONEABLE`, and nothing was posted.
 */
export function postPayload(
  port: MessagePort,
  message: readonly unknown[],
  payload: Payload,
): readonly object[] {
  if (payload.values.every(isPrimitive)) {
    post(port, message);
    return NOTHING;
  }
  try {
    const transferred = transferListOf(payload.values);
    const crossed = collectHandles(({ mark }) => {
      if (transferred) port.postMessage([message, mark], transferred);
      else port.postMessage([message, mark]);
    });
    posted = (posted + 1) | 0;
    return crossed;
  } catch (error) {
    const index = payload.values.findIndex((value) => !isCloneable(value));
    throw notCloneable(
      payload.values[Math.max(index, 0)],
      payload.nameOf(Math.max(index, 0)),
      error,
    );
  }
}

const NOTHING: readonly object[] = [];

/** Can it only be copied? A symbol cannot even be that. */
function isPrimitive(value: unknown): boolean {
  const type = typeof value;
  return value === null || (type !== 'object' && type !== 'function' && type !== 'symbol');
}

const byReference = handleGetter('error', () => 0);

/**
 * A value as it is put into a message. Structured clone would make plain Errors of ours and drop their properties, so an
 * error that is a value travels as one that is thrown does.
 */
export function crossing(value: unknown): unknown {
  if (!isError(value)) return value;
  const holder = { error: encodeError(value) };
  defineHandle(holder, byReference);
  return holder;
}

function isError(value: unknown): value is Error {
  return typeof value === 'object' && types.isNativeError(value);
}

/** `crossing` of each. The same array where there is nothing to do: one made by `map` has V8's other, slower format. */
export function crossingAll(values: readonly unknown[]): readonly unknown[] {
  return values.some(isError) ? values.map(crossing) : values;
}

registerHandleKind(
  'error',
  (_id, holder) => decodeError((holder as { error: EncodedError }).error) as Error,
);

/** Posts a message that carries nothing of the user's. */
export function post(port: MessagePort, message: readonly unknown[]): void {
  port.postMessage(message);
  posted = (posted + 1) | 0;
}

let posted = 0;

/** How many messages this heap has posted: in a Worker, all to its hub. Goes round at 32 bits. */
export function postedSoFar(): number {
  return posted;
}

/** Reads what came through the port. */
export function read<M>(wire: unknown): M {
  if (typeof (wire as [unknown])[0] === 'number') return wire as M;
  const [message, mark] = wire as [M, number[]];
  return mark.length > 0 ? reviveHandles(message) : message;
}
