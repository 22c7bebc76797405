/**
 * Green threads that deal with green threads: from inside a Worker every verb is a call to the hub.
 */
import { current, GreenThread, wrap } from 'coppice';
import { beforeEach, describe, expect, test } from 'vitest';
import { marks, open, waitingAt } from '../fixtures/calls.mjs';
import { fixture, until } from '../support.ts';

const jobs = wrap(fixture('jobs.mjs'));

beforeEach(() => {
  marks.length = 0;
});

describe('a green thread', () => {
  test('knows itself, and the hub knows who calls', async () => {
    const thread = jobs['whoAmI']!();
    expect(await thread).toEqual({
      id: thread.id,
      name: thread.name,
      kind: 'worker',
      state: 'running',
      same: true,
      hub: thread.id,
    });
    expect(current()).toBeUndefined();
  });

  test('spawns and gets', async () => {
    expect(await jobs['spawnInside']!('x')).toEqual(['second', 'x']);
    expect(await jobs['laterInside']!('y')).toEqual(['second', 'y']);
    expect(await jobs['startInside']!()).toEqual(['created', true, ['second', 'x'], 'ended']);
  });

  test('joins, while the other waits', async () => {
    const thread = jobs['joinInside']!('inner gate');
    await until(() => waitingAt.includes('inner gate'));
    open('inner gate', 7);
    expect(await thread).toEqual([true, true, true, 7, 7]);
  });

  test('joins with a timeout', async () => {
    expect(await jobs['joinTimesOutInside']!('never opened')).toEqual([
      false,
      true,
      true,
      'ERR_COPPICE_KILLED',
    ]);
  });

  test('kills, and waits until finally blocks have run', async () => {
    const thread = jobs['killInside']!('victim');
    await until(
      () => marks.includes('enter victim') && waitingAt.includes('before killing victim'),
    );
    open('before killing victim');
    expect(await thread).toEqual([true, true, expect.stringContaining('from inside')]);
    expect(marks).toEqual(['enter victim', 'finally victim']);
  });

  test('kills itself', async () => {
    const thread = jobs['killSelf']!('self');
    await thread.joinAsync();
    expect(thread.successful).toBe(true);
    expect(marks).toEqual(['finally self']);
  });

  test('sees the error of another with class and both stacks', async () => {
    const [joined, successful, typed, message, stack] = (await jobs['errorInside']!(
      'type',
    )) as never[];
    expect([joined, successful, typed, message]).toEqual([true, false, true, 'type']);
    expect(stack).toMatch(/jobs\.mjs/);
  });

  test('joins and kills many', async () => {
    expect(await jobs['joinAllInside']!(['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
    const thread = jobs['killAllInside']!(['p', 'q']);
    await until(() => marks.length === 2 && waitingAt.includes('before killAll'));
    open('before killAll');
    expect(await thread).toEqual(['ended', 'ended']);
    expect((marks as string[]).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'enter p',
      'enter q',
      'finally p',
      'finally q',
    ]);
  });

  test('links while its loop turns', async () => {
    expect(await jobs['linkInside']!('v')).toEqual([true, 'v']);
  });
});

describe('a handle', () => {
  test('crosses both ways as the same thread, and is one object in each heap', async () => {
    const thread = jobs['waitAt']!('handle');
    const [same, id, isThread, identical] = (await jobs['keep']!(thread)) as [
      GreenThread,
      ...unknown[],
    ];
    expect(same).toBe(thread);
    expect([id, isThread, identical]).toEqual([thread.id, true, true]);
    await until(() => waitingAt.includes('handle'));
    open('handle');
    await thread;
  });

  test('in an array, a map, a set and an object, also twice', async () => {
    const thread = jobs['identity']!(1);
    await thread;
    const sent = { list: [thread, thread], map: new Map([['t', thread]]), set: new Set([thread]) };
    const got = (await jobs['identity']!(sent)) as typeof sent;
    expect(got.list[0]).toBe(thread);
    expect(got.list[1]).toBe(thread);
    expect(got.map.get('t')).toBe(thread);
    expect(got.set.has(thread)).toBe(true);
  });

  test('of an ended thread still answers in another heap', async () => {
    const thread = jobs['identity']!({ deep: [1n] });
    await thread;
    expect(await jobs['getOther']!(thread)).toEqual({ deep: [1n] });
  });
});
