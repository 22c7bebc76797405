/**
 * A kill inside each kind of call: the operation underneath is aborted, `finally` runs, and nothing is lost for others.
 */
import { callContext, wrap } from 'coppice';
import { beforeEach, describe, expect, test } from 'vitest';
import { aborted, marks, open, waitingAt } from '../fixtures/calls.mjs';
import { startSilentServer } from '../silent-server.ts';
import { fixture, until } from '../support.ts';

const jobs = wrap(fixture('kill-jobs.mjs'));

beforeEach(() => {
  marks.length = 0;
  aborted.length = 0;
});

describe('a kill', () => {
  test.each([
    ['fetchSync, before the head', 'fetches', false],
    ['fetchSync, in the body', 'readsBody', true],
    ['fetchSync, between two chunks', 'readsChunks', true],
    ['fetchSync, in a coroutine of the Worker', 'fetchesLater', false],
  ])('ends %s: the server sees the connection close', async (_what, name, head) => {
    await using server = await startSilentServer({ head });
    const thread = jobs[name]!(server.url);
    await until(() => server.requests === 1 && marks.includes('waiting'));
    expect(server.closed).toBe(0);
    await thread.killAsync();
    await until(() => server.closed === 1);
    expect(marks).toEqual(['waiting', 'finally']);
    expect(thread.successful).toBe(true);
  });

  test.each(['sleeps', 'sleepsLater', 'receives', 'joins', 'computesThenSleeps'])(
    'ends %s',
    async (name) => {
      const thread = jobs[name]!();
      await until(() => marks.includes('waiting'));
      await thread.killAsync();
      expect(marks).toEqual(['waiting', 'finally']);
      expect(thread.value).toMatchObject({ name: 'GreenThreadExit', unwound: true });
    },
  );

  test('aborts the signal of a call of its own kind', async () => {
    const thread = jobs['gates']!('killed at the gate');
    await until(() => waitingAt.includes('killed at the gate'));
    await thread.killAsync({ reason: 'enough' });
    expect(aborted).toEqual([
      ['killed at the gate', expect.objectContaining({ code: 'ERR_COPPICE_KILLED' })],
    ]);
    open('killed at the gate');
  });

  test('may be followed by blocking calls in finally, which a kill with force waits for', async () => {
    const thread = jobs['slowFinally']!();
    await until(() => marks.includes('waiting'));
    const ended = thread.killAsync({ force: true, timeout: 60_000 });
    await until(() => waitingAt.includes('in finally'));
    open('in finally');
    await ended;
    expect(marks).toEqual(['waiting', 'finally']);
  });

  test('with force ends one whose finally never ends', async () => {
    const thread = jobs['slowFinally']!();
    await until(() => marks.includes('waiting'));
    const ended = thread.killAsync({ force: true, timeout: 50 });
    await until(() => waitingAt.includes('in finally'));
    await ended;
    expect(thread.value).toMatchObject({ name: 'GreenThreadExit', unwound: false });
    expect(marks).toEqual(['waiting']);
    open('in finally');
  });
});

test('plain code performs no call', () => {
  expect(callContext()).toBeUndefined();
});
