/**
 * `receive`: the other end of `thread.send()`.
 */
import { callContext, type CallContext } from '../core/call.ts';
import { defineBlocking } from '../core/definition.ts';
import { CoppiceError, invalidArgument } from '../core/errors.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import type { GreenThread } from './green-thread.ts';
import type { Mailbox } from './mailbox.ts';
import { CORE } from './thread-core.ts';

/**
 * Waits for the next message that was sent to the current green thread with `thread.send(message)`.
 *
 * @param options.timeout milliseconds after which a `Timeout` is thrown.
 * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT` outside a green thread, which has no mailbox.
 * @example
 * for (;;) console.log('got', receive());
 */
export const receive: {
  (options?: WaitOptions): unknown;
  async(options?: WaitOptions): Promise<unknown>;
} = defineBlocking('thread.receive', (_options?: WaitOptions) => mailboxOf(callContext()).take(), {
  optionsAt: 0,
  optionNames: [],
  hubOnly: true,
  asyncName: 'receiveAsync()',
  // The messages of a fiber are where it lives.
  local: () => heap.ownFiber() !== undefined,
  direct: () => {
    const fiber = heap.ownFiber() as GreenThread | undefined;
    return fiber && { value: takePinned(fiber) };
  },
  discard: (message, context) => mailboxOf(context).putBack(message),
});

/** The explicit face of `receive`. */
export const receiveAsync = receive.async;

/** A fiber that cannot be set aside. Only its own heap could put a message there, and that would stand still. */
function takePinned(fiber: GreenThread): unknown {
  const { mailbox } = fiber[CORE];
  if (mailbox.size > 0) return mailbox.takeNow();
  throw new CoppiceError(
    'ERR_COPPICE_PINNED',
    'receive() would block for ever: there is no message yet, and plain code stands between it and its fiber. ' +
      'Call it from compiled code, or await receiveAsync().',
  );
}

function mailboxOf(context: CallContext | undefined): Mailbox {
  const thread = (context?.thread ?? undefined) as GreenThread | undefined;
  if (!thread)
    throw invalidArgument(
      'receive() takes a message for the current green thread; call it in one.',
    );
  return thread[CORE].mailbox;
}
