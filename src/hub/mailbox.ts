/**
 * The messages that a green thread was sent and has not yet received. First in, first out; a message goes to exactly
 * one receiver, and one that was handed to a receiver that is gone goes back to the head.
 */
import { Wait, type Waker, type WaitTarget } from '../core/wait.ts';

const MESSAGE: WaitTarget = { what: 'a message' };

export class Mailbox {
  readonly #messages: unknown[] = [];
  readonly #receivers = new Set<Waker<unknown>>();

  get size(): number {
    return this.#messages.length;
  }

  put(message: unknown): void {
    const [first] = this.#receivers;
    if (first) {
      this.#receivers.delete(first);
      first.wake(message);
    } else {
      this.#messages.push(message);
    }
  }

  /** A receiver did not live to take it. */
  putBack(message: unknown): void {
    if (this.#receivers.size > 0) this.put(message);
    else this.#messages.unshift(message);
  }

  /** The next message, for one who knows that there is one. */
  takeNow(): unknown {
    return this.#messages.shift();
  }

  take(): Wait<unknown> {
    return new Wait<unknown>((waker) => {
      if (this.#messages.length > 0) {
        waker.wake(this.#messages.shift());
        return () => {};
      }
      this.#receivers.add(waker);
      return () => void this.#receivers.delete(waker);
    }, MESSAGE);
  }
}
