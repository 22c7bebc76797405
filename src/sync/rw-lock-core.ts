/**
 * The state of an `RWLock`, at the hub; see rw-lock.ts for its rules.
 */
import { CoppiceError } from '../core/errors.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { Wait } from '../core/wait.ts';
import { noteHeld } from '../hub/deadlock.ts';
import { nameOf } from './primitive.ts';

interface Place {
  readonly me: object;
  readonly writes: boolean;
}

export class RWLockCore {
  // A writer who gives up may have stood before readers who could go in now.
  readonly waiters = new WaitQueue<true, Place>('an RWLock', () => this.#admit());
  /** How often each reader holds it. */
  readonly readers = new Map<object, number>();
  writer: object | undefined;

  tryAcquire(me: object, writes: boolean): boolean {
    if (this.waiters.size > 0 || !this.#admits(writes)) return false;
    this.#enter(me, writes);
    return true;
  }

  acquire(me: object, writes: boolean): true | Wait<true> {
    if (this.tryAcquire(me, writes)) return true;
    noteHeld();
    const waiter = this.waiters.wait({ me, writes });
    const holders = (): readonly object[] => this.#holdUp(waiter, writes);
    return new Wait<true>((waker) => waiter.begin(waker), { what: 'an RWLock', holders });
  }

  /**
   * Who must let go, or stop waiting, before this waiter can go on. Readers do not hold up a reader, not even himself: he
   * waits for the writers who came before him, and one of these may give up.
   */
  #holdUp(waiter: Wait<true>, writes: boolean): readonly object[] {
    const found = this.writer ? [this.writer] : writes ? [...this.readers.keys()] : [];
    for (const each of this.waiters) {
      if (each === waiter) break;
      if (writes || each.data.writes) found.push(each.data.me);
    }
    return found;
  }

  releaseWrite(me: object): void {
    if (this.writer !== me) throw notHeld(me, 'writing');
    this.writer = undefined;
    this.#admit();
  }

  releaseRead(me: object): void {
    if (!this.readers.has(me)) throw notHeld(me, 'reading');
    this.#leaveRead(me);
    this.#admit();
  }

  #leaveRead(me: object): void {
    const count = this.readers.get(me) ?? 0;
    if (count > 1) this.readers.set(me, count - 1);
    else this.readers.delete(me);
  }

  #admits(writes: boolean): boolean {
    return this.writer === undefined && (!writes || this.readers.size === 0);
  }

  #enter(me: object, writes: boolean): void {
    if (writes) this.writer = me;
    else this.readers.set(me, (this.readers.get(me) ?? 0) + 1);
  }

  #admit(): void {
    for (let first = this.waiters.first; first; first = this.waiters.first) {
      const { me, writes } = first.data;
      if (!this.#admits(writes)) return;
      this.waiters.take();
      this.#enter(me, writes);
      if (first.wake(true)) continue;
      if (writes) this.writer = undefined;
      else this.#leaveRead(me);
    }
  }
}

function notHeld(me: object, what: string): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_NOT_OWNER',
    `${nameOf(me)} does not hold the RWLock for ${what}. Release it where it was acquired.`,
  );
}
