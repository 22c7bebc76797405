/**
 * The waits of this heap's coroutines that are part of no green thread: the program's own async code.
 *
 * Invariants: each stands here from when it has begun until it has ended, however it does; it is the same object as long
 * as it lasts. They are linked with each other, since a set would take as long as all the rest of a short wait.
 */
import { placeOf } from './awaited.ts';
import type { Call } from './call.ts';
import type { Captured } from './user-frames.ts';
import type { WaitTarget } from './wait.ts';

/** Who knows where it is awaited, or where it was begun, as far as that was noted. */
type Place = { readonly place: string | undefined } | Captured | undefined;

let last: OwnWait | undefined;

export class OwnWait {
  readonly call: Call;
  /** The call whose implementation waits here, if one does. */
  readonly within: Call | undefined;
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
  over = false;
  readonly #limited: boolean;
  readonly #at: Place;
  #previous = last;
  #following: OwnWait | undefined = undefined;

  constructor(call: Call, within: Call | undefined, since: number, limited: boolean, at: Place) {
    this.call = call;
    this.within = within;
    this.since = since;
    this.#limited = limited;
    this.#at = at;
    if (last) last.#following = this;
    last = this;
  }

  end(): void {
    const previous = this.#previous;
    const following = this.#following;
    if (following) following.#previous = previous;
    else last = previous;
    if (previous) previous.#following = following;
    this.#previous = this.#following = undefined;
    this.over = true;
  }

  /** In words. */
  get what(): string {
    return this.call.wait?.what ?? `${this.call.definition.name}()`;
  }

  get target(): WaitTarget | undefined {
    return this.call.wait?.target;
  }

  /** Will it end by itself? */
  get bounded(): boolean {
    return this.#limited || this.call.bounded;
  }

  /** The frames of the user's code where it waits, as far as they are known. */
  get place(): string | undefined {
    const at = this.#at;
    return at && ('place' in at ? at.place : placeOf(at));
  }

  /** All of them, the latest first. */
  static *all(): Generator<OwnWait> {
    for (let wait = last; wait; wait = wait.#previous) yield wait;
  }
}
