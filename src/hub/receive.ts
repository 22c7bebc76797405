/**
 * `receive`: the other end of `thread.send()`.
 */
import { callContext, type CallContext } from '../core/call.ts';
import { defineBlocking } from '../core/definition.ts';
import { invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
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
  hubOnly: true,
  asyncName: 'receiveAsync()',
  discard: (message, context) => mailboxOf(context).putBack(message),
});

/** The explicit face of `receive`. */
export const receiveAsync = receive.async;

function mailboxOf(context: CallContext | undefined): Mailbox {
  const thread = (context?.thread ?? undefined) as GreenThread | undefined;
  if (!thread)
    throw invalidArgument(
      'receive() takes a message for the current green thread; call it in one.',
    );
  return thread[CORE].mailbox;
}
