/**
 * Values that each green thread has for itself.
 *
 * Invariant: the value of a thread lives as long as its handle, and nobody else can see it. Code outside any green
 * thread shares one value.
 */
import { checkFunction } from '../core/errors.ts';
import { heap } from '../core/heap.ts';

const OUTSIDE = {};

/**
 * A variable of which each green thread has its own.
 *
 * Follows gevent's `local`.
 *
 * @example
 * const request = new Local(() => ({ id: undefined }));
 * request.value.id = 7;
 */
export class Local<T> {
  readonly #values = new WeakMap<object, { value: T }>();
  readonly #initial: () => T;

  /** @param initial makes the value of a thread when it is first asked for. Default: `undefined`. */
  constructor(initial: () => T = () => undefined as T) {
    checkFunction(initial, 'new Local()', 'new Local(() => 0)');
    this.#initial = initial;
  }

  get value(): T {
    const owner = this.#owner;
    let slot = this.#values.get(owner);
    if (!slot) {
      slot = { value: this.#initial() };
      this.#values.set(owner, slot);
    }
    return slot.value;
  }

  set value(value: T) {
    this.#values.set(this.#owner, { value });
  }

  get #owner(): object {
    return (heap.currentThread() as object | undefined) ?? OUTSIDE;
  }
}
