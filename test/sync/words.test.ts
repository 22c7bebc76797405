/**
 * Each moment in which a Worker may change the shared words while the hub is about to let somebody wait, or has just done
 * so: one after the other, in one heap, since between two threads they are hit once in a great many tries.
 */
import { describe, expect, test } from 'vitest';
import '../set-up.ts';
import type { Wait } from '../../src/core/wait.ts';
import { EventCore } from '../../src/sync/event-core.ts';
import { LockCore } from '../../src/sync/lock-core.ts';
import { dropLock, takeLock } from '../../src/sync/lock-words.ts';
import { SemaphoreCore } from '../../src/sync/semaphore-core.ts';
import { EventState, givePermit, State, takePermit } from '../../src/sync/words.ts';

/** Begins to wait, and tells what came. */
function begin(wait: true | Wait<true>, takes = true): { got: unknown[]; cancel(): void } {
  if (wait === true) throw new Error('It should have to wait');
  const got: unknown[] = [];
  const cancel = wait.begin({
    wake: (value) => (got.push(value), takes),
    fail: (error) => void got.push(error),
  });
  return { got, cancel: () => void cancel() };
}

const [me, other] = [{ id: 7 }, { id: 8 }];

describe('what is let go by a Worker', () => {
  test('before the hub has said that somebody waits is taken at once', () => {
    const semaphore = new SemaphoreCore(1);
    const permits = semaphore.share();
    expect(takePermit(permits)).toBe(true);
    const permit = semaphore.acquire();
    expect(givePermit(permits)).toBe(true);
    expect(begin(permit).got).toEqual([true]);
    expect(semaphore.free).toBe(0);

    const lock = new LockCore(false);
    const words = lock.share();
    expect(takeLock(words, 5, false)).toBe(true);
    const mine = lock.acquire(me);
    expect(dropLock(words, 5)).toBe(true);
    expect(begin(mine).got).toEqual([true]);
    expect(words[State]).toBe(7);

    const event = new EventCore();
    const state = event.share();
    const set = event.wait();
    Atomics.store(state, State, EventState.SET);
    expect(begin(set).got).toEqual([true]);
  });

  test('goes on where who waits for it turns out to be gone', () => {
    const semaphore = new SemaphoreCore(1);
    const permits = semaphore.share();
    takePermit(permits);
    const permit = semaphore.acquire();
    givePermit(permits);
    begin(permit, false);
    expect(semaphore.free).toBe(1);

    const lock = new LockCore(false);
    const words = lock.share();
    takeLock(words, 5, false);
    const mine = lock.acquire(me);
    dropLock(words, 5);
    begin(mine, false);
    expect(words[State]).toBe(0);
  });

  test('after that goes to the hub, until the last one who waits has gone', () => {
    const semaphore = new SemaphoreCore(1);
    const permits = semaphore.share();
    takePermit(permits);
    const [first, second] = [begin(semaphore.acquire()), begin(semaphore.acquire())];
    expect(givePermit(permits)).toBe(false);
    semaphore.release();
    expect([first.got, second.got]).toEqual([[true], []]);
    expect(givePermit(permits)).toBe(false);
    second.cancel();
    expect(givePermit(permits)).toBe(true);
    takePermit(permits);
    // And when the last one has been served.
    begin(semaphore.acquire());
    semaphore.release();
    expect(givePermit(permits)).toBe(true);

    const lock = new LockCore(false);
    const words = lock.share();
    takeLock(words, 5, false);
    const [mine, another] = [begin(lock.acquire(me)), begin(lock.acquire(other))];
    expect(dropLock(words, 5)).toBe(false);
    another.cancel();
    expect(dropLock(words, 5)).toBe(false);
    mine.cancel();
    expect(dropLock(words, 5)).toBe(true);
  });

  test('goes to the hub as long as somebody is linked there', () => {
    const semaphore = new SemaphoreCore(1);
    const permits = semaphore.share();
    takePermit(permits);
    let heard = 0;
    const hear = (): void => void heard++;
    semaphore.link(hear, semaphore);
    begin(semaphore.acquire()).cancel();
    expect(givePermit(permits)).toBe(false);
    semaphore.release();
    expect(semaphore.free).toBe(1);
    takePermit(permits);
    semaphore.unlink(hear);
    expect(givePermit(permits)).toBe(true);

    const event = new EventCore();
    const state = event.share();
    const waiter = begin(event.wait());
    event.link(hear, event);
    waiter.cancel();
    expect(state[State]).toBe(EventState.WAITED_FOR);
    event.unlink(hear);
    expect(state[State]).toBe(EventState.CLEAR);
  });

  test('goes to the hub where somebody had waited before it shared anything', () => {
    const semaphore = new SemaphoreCore(0);
    begin(semaphore.acquire());
    expect(givePermit(semaphore.share())).toBe(false);
    const linked = new SemaphoreCore(0);
    linked.link(() => {}, linked);
    expect(givePermit(linked.share())).toBe(false);
    const lock = new LockCore(false);
    lock.tryAcquire(me);
    begin(lock.acquire(other));
    expect(dropLock(lock.share(), 7)).toBe(false);
  });
});
