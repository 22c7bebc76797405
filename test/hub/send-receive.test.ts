/**
 * Messages between green threads: `send` and `receive`.
 */
import { GreenThread, receive, wrap, type CoppiceError } from 'coppice';
import { describe, expect, test } from 'vitest';
import { fixture, thrownBy, until } from '../support.ts';

const jobs = wrap<typeof import('../fixtures/mail-jobs.mjs')>(fixture('mail-jobs.mjs'));

describe('a green thread receives', () => {
  test('what was sent while it waited, in order', async () => {
    const thread = jobs.take(3);
    for (const message of ['a', { b: [1] }, new Map([['c', 1n]])]) thread.send(message);
    expect(await thread).toEqual(['a', { b: [1] }, new Map([['c', 1n]])]);
  });

  test('what was sent before it started, and while it was busy', async () => {
    const thread = new GreenThread<unknown[]>(fixture('mail-jobs.mjs'), {
      exportName: 'busyFirst',
    });
    thread.send(1);
    thread.start();
    thread.send(2);
    thread.send(3);
    expect(await thread).toEqual([1, 2, 3]);
  });

  test('from another green thread, which got it by handle', async () => {
    const last = jobs.take(1);
    const middle = jobs.forward();
    middle.send({ to: last, message: { through: 'two' } });
    expect(await last).toEqual([{ through: 'two' }]);
    expect(await middle).toMatch(/^forward#\d+$/);
  });

  test('in a coroutine of it', async () => {
    const thread = jobs.takeAsync();
    thread.send('x');
    thread.send('y');
    expect(await thread).toEqual(['x', 'y']);
  });

  test('nothing, when the time is over first', async () => {
    expect(await jobs.takeInTime(5)).toBe('nothing');
  });
});

test('no message is lost or doubled by kills at any moment', async () => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  const thread = jobs.takeAll(words);
  await until(() => Atomics.load(words, 0) === 1);
  const count = 2_000;
  for (let message = 0; message < count; message++) {
    thread.send(message);
    if (message % 3 === 0) void thread.killAsync({ timeout: 0 });
    // So that some kills find it parked and some find it woken.
    if (message % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  thread.send(null);
  expect(await thread).toEqual(Array.from({ length: count }, (_, index) => index));
});

test('what is sent to one that has ended is dropped', async () => {
  const thread = jobs.take(0);
  await thread;
  thread.send('late');
  expect(thread.value).toEqual([]);
});

test('a message that cannot cross is an error where it is received, and its thread says which', async () => {
  const thread = jobs.take(1);
  thread.send({ deep: [() => {}] });
  await expect(thread.getAsync()).rejects.toMatchObject({ code: 'ERR_COPPICE_NOT_CLONEABLE' });
});

test('outside of a green thread there is no mailbox', () => {
  const error = thrownBy(() => receive()) as CoppiceError;
  expect(error.code).toMatch(/^ERR_COPPICE_(INVALID_ARGUMENT|WOULD_BLOCK_MAIN)$/);
});
