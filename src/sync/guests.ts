/**
 * Fibers in the heap of a Worker that belong to a `Group` or `Pool`. They cannot cross to the hub, so there each is a guest:
 * a number, under which it takes a place, is killed with the others, and leaves.
 *
 * Invariant: a guest leaves once: when its fiber says so, or when the green thread in whose Worker it lives has ended.
 */
import type { Definition } from '../core/definition.ts';
import { heap, type FarWait } from '../core/heap.ts';
import { Wait, type Waker } from '../core/wait.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import { CORE, type KillOptions } from '../hub/thread-core.ts';
import { crossing } from '../worker/wire.ts';

/** A kill as it crosses: an error that is the reason in the form in which errors do. */
export type GuestKill = Pick<KillOptions, 'reason' | 'timeout' | 'force'>;

interface Guest {
  readonly leave: () => void;
  /** Kills that it has not heard of yet. */
  readonly kills: GuestKill[];
  listener: Waker<GuestKill> | undefined;
}

/** At the hub: the guests of one group. */
export class Guests {
  readonly #guests = new Map<number, Guest>();
  readonly #onLeave: () => void;
  #last = 0;

  /** @param onLeave called after each guest that has left. */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  get size(): number {
    return this.#guests.size;
  }

  /** @param host the thread in whose Worker it lives. */
  enter(host: GreenThread | undefined): number {
    const number = ++this.#last;
    const hostEnded = (): void => this.leave(number);
    const leave = (): void => host?.rawUnlink(hostEnded);
    this.#guests.set(number, { leave, kills: [], listener: undefined });
    host?.rawLink(hostEnded);
    return number;
  }

  leave(number: number): void {
    const guest = this.#guests.get(number);
    if (!guest) return;
    this.#guests.delete(number);
    guest.leave();
    this.#onLeave();
  }

  kill(given: GuestKill): void {
    const options = { ...given, reason: crossing(given.reason) };
    for (const guest of this.#guests.values()) {
      const { listener } = guest;
      guest.listener = undefined;
      if (listener?.wake(options) !== true) guest.kills.push(options);
    }
  }

  /** The wait for the next kill of this guest. */
  killed(number: number): Wait<GuestKill> {
    return new Wait<GuestKill>((waker) => {
      const guest = this.#guests.get(number);
      const kill = guest?.kills.shift();
      if (kill) waker.wake(kill);
      else if (guest) guest.listener = waker;
      return () => {
        if (guest?.listener === waker) guest.listener = undefined;
      };
    }, 'the end of a Group');
  }
}

/** In a Worker: hands the kills of the group on to a fiber, as long as it lives. `killed` is the call for the wait above. */
export function heedKills(
  thread: GreenThread,
  killed: Definition,
  args: unknown[],
  left: () => void,
): void {
  let cancel = (): unknown => undefined;
  const listen = (): void => {
    const wait = heap.way.suspend?.(killed, args, {}) as FarWait;
    cancel = wait.begin({
      wake: (options) => {
        wait.taken();
        thread[CORE].kill(options as GuestKill);
        if (!thread.ready) listen();
        return true;
      },
      // The run is over.
      fail: () => {},
    });
  };
  listen();
  thread.rawLink(() => {
    cancel();
    left();
  });
}
