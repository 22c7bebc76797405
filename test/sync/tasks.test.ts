/**
 * Async functions as green threads of the main thread, in circles while others run, and killed: each program in a process of
 * its own.
 */
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];
const run = async (name: string) => runProgram('sync/stuck/tasks.mjs', [name], { flags });

describe('a cycle while a timer ticks', () => {
  test.each(['acquire', 'hold', 'with', 'later', 'withWorker', 'joins'])(
    '%s is told to both',
    async (name) => {
      const stdout = '["DeadlockError","DeadlockError"]\n';
      expect(await run(name)).toEqual({ stdout, stderr: '', code: 0 });
    },
  );

  test('one that waits for itself is told, too', async () => {
    const stdout = '["DeadlockError"]\n';
    expect(await run('itself')).toEqual({ stdout, stderr: '', code: 0 });
  });

  test('the report names who waits for whom, and the line', async () => {
    const { stdout } = await run('report');
    for (const [one, other] of ['12', '21']) {
      const line = `fiber#${one} .fiber. waits for a Lock, held by fiber#${other}, since then at .*tasks.mjs:19:18`;
      expect(stdout).toMatch(new RegExp(line));
    }
  });

  test('the line is also told of who awaits a queue, or the end of a thread', async () => {
    const stdout = '[true,true,true,true]\n';
    expect(await run('places')).toEqual({ stdout, stderr: '', code: 0 });
  });
});

test.each([
  ['race', '[true,"late"]'],
  ['beside', '["got it","got it"]'],
  ['branches', '["1,2"]'],
  ['branchesAcross', '["got it","held,held"]'],
  ['timeout', '[true,false]'],
  ['signal', '[true,"TypeError"]'],
])('%s: who can go on is told nothing', async (name, line) => {
  const { stdout, code } = await run(name);
  expect({ stdout, code }).toEqual({ stdout: `${line}\n`, code: 0 });
});

describe('what may be a cycle is warned of, once, and shown by runInfo()', () => {
  test.each([
    ['suspectedRace', /fiber#1 \(fiber\) waits for a Lock, held by fiber#2/, 'fiber#1, fiber#2'],
    [
      'suspectedInWorker',
      /takesBothBesideTimer#1 \(worker\) waits for a Lock, held by fiber#2, .*task-job\.mjs/,
      'takesBothBesideTimer#1, fiber#2',
    ],
    [
      'suspectedProgram',
      /main \(coroutine\) waits for a Lock, held by takesBoth#1, .*tasks\.mjs/,
      'takesBoth#1, main',
    ],
  ])('%s', async (name, line, names) => {
    const { stdout, stderr, code } = await run(name);
    expect(stdout).toMatch(/^COPPICE_DEADLOCK_SUSPECTED /);
    expect(stdout).toMatch(line);
    expect(stdout).toContain(`may be deadlocked: ${names}\n`);
    expect(stderr.match(/COPPICE_DEADLOCK_SUSPECTED/g)).toHaveLength(1);
    expect(code).toBe(0);
  });
});

test('one that is killed leaves no waiter behind, and its finally blocks run first', async () => {
  const stdout = '["finally",true,0,"GreenThreadExit","let go",0]\n';
  expect(await run('killed')).toEqual({ stdout, stderr: '', code: 0 });
});
