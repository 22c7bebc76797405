/** Plain code on the main thread: what need not wait is done, what would have to is refused, and `timeout: 0` says so. */
import { expect, test } from 'vitest';
import {
  Barrier,
  Channel,
  Condition,
  Event,
  Lock,
  Queue,
  RWLock,
  select,
  Semaphore,
} from 'coppice';
import { thrownBy } from '../support.ts';

const NOW = { timeout: 0 };
const TIMEOUT = { code: 'ERR_COPPICE_TIMEOUT' };
const REFUSED = { code: 'ERR_COPPICE_WOULD_BLOCK_MAIN' };

test('with no time to wait, nothing is waited for', () => {
  expect(new Event().wait(NOW)).toBe(false);
  expect(new Semaphore(0).acquire(NOW)).toBe(false);
  const condition = new Condition();
  expect(condition.with(() => condition.wait(NOW))).toBe(false);
  expect(condition.lock.locked).toBe(false);
  const lock = new RWLock();
  lock.acquireRead();
  expect(lock.acquireWrite(NOW)).toBe(false);
  const held = new Lock();
  held.acquire();
  expect(thrownBy(() => held.with(() => {}, NOW))).toMatchObject(TIMEOUT);
  expect(thrownBy(() => new Queue().get(NOW))).toMatchObject(TIMEOUT);
  expect(thrownBy(() => new Channel().send(1, NOW))).toMatchObject(TIMEOUT);
  expect(thrownBy(() => new Barrier(2).wait(NOW))).toMatchObject(TIMEOUT);
  const full = new Queue<number>({ maxSize: 1 });
  full.put(0);
  expect(thrownBy(() => full.put(0, NOW))).toMatchObject(TIMEOUT);
  expect(full.statistics()).toMatchObject({ size: 1, waitingToPut: 0 });
});

test('an aborted signal comes before what is there', () => {
  const queue = new Queue();
  queue.put(1);
  expect(thrownBy(() => queue.get({ signal: AbortSignal.abort() }))).toMatchObject({
    name: 'AbortError',
  });
  expect(queue.size).toBe(1);
});

test('select', async () => {
  const queue = new Queue({ maxSize: 1 });
  const channel = new Channel();
  expect(select([{ get: queue }], { immediate: true })).toEqual({
    index: -1,
    value: undefined,
    closed: false,
  });
  expect(thrownBy(() => select([{ get: queue }], NOW))).toMatchObject(TIMEOUT);
  expect(thrownBy(() => select([{ get: queue }]))).toMatchObject(REFUSED);
  expect(select([{ receive: channel }, { put: queue, value: 7 }])).toMatchObject({ index: 1 });
  expect(select([{ receive: channel }, { get: queue }])).toEqual({
    index: 1,
    value: 7,
    closed: false,
  });
  const received = channel.receiveAsync();
  expect(select([{ send: channel, value: 8 }])).toMatchObject({ index: 0 });
  expect(await received).toBe(8);
  channel.close();
  expect(select([{ receive: channel }])).toMatchObject({ index: 0, closed: true });
});
