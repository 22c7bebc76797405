/**
 * Async code in worker green threads that awaits what never comes, or only seems to, and fibers there: each program in a
 * process of its own, since what Node thinks is left decides.
 */
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const run = (name: string) => runProgram('sync/stalls.mjs', [name]);
const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];
const hosts = (name: string) => runProgram('sync/stuck/hosts.mjs', [name], { flags });

describe('async code that nothing can wake', () => {
  test('is told what it waits for, since when and where', async () => {
    const { stdout, stderr, code } = await run('waits');
    expect(stdout).toMatch(
      /waits#1 \(worker\) waits for an Event to be set, since \d{4}-.*stall-jobs\.mjs:11:15/,
    );
    expect(stdout).toMatch(/over\n$/);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  test.each([
    ['several', 'several value ["DeadlockError","DeadlockError"]\nover\n'],
    ['goesOn', 'goesOn value "DeadlockError"\nover\n'],
    ['killed', 'killed GreenThreadExit\nover\n'],
  ])('%s', async (name, stdout) => {
    expect(await run(name)).toEqual({ stdout, stderr: '', code: 0 });
  });

  test('a promise that never settles: the job ends with the error', async () => {
    const { stdout, code } = await run('awaitsForEver');
    expect(stdout).toMatch(/^awaitsForEver DeadlockError\n.*\n.* waits for a promise, since/);
    expect(code).toBe(0);
  });

  test('a time limit that can be thrown nowhere ends the job', async () => {
    const { stdout } = await run('limitedForEver');
    expect(stdout).toMatch(/^limitedForEver Timeout\n/);
  });

  test('a cycle names who holds what, and both are told', async () => {
    const { stdout } = await run('cycle');
    expect(stdout).toMatch(/first DeadlockError/);
    expect(stdout).toMatch(/second DeadlockError/);
    expect(stdout).toMatch(
      /takesBoth#1 \(worker\) waits for a Lock, held by takesBoth#2, .*:18:18/,
    );
  });

  test('a cycle with one who is parked is found while others run', async () => {
    const { stdout } = await run('among');
    expect(stdout).toMatch(
      /first DeadlockError\nDeadlock: these green threads wait for each other/,
    );
    expect(stdout).toMatch(/second DeadlockError/);
  });

  test('runInfo shows where it waits', async () => {
    const { stdout } = await run('info');
    expect(stdout).toMatch(
      /waits for an Event to be set.*\n {2}at waits \(.*stall-jobs\.mjs:11:15\)/,
    );
  });
});

test.each([
  ['timer', 'timer value true'],
  ['limited', 'limited value [false,"Timeout","TimeoutError","Timeout"]'],
  ['socket', 'socket value "hello"'],
  ['hashing', 'hashing value 64'],
  ['answered', 'answered value 10'],
  ['woken', 'waits value undefined'],
  ['listens', 'listens value "heard of no exit"'],
])('%s is not stuck', async (name, line) => {
  expect(await run(name)).toEqual({ stdout: `${line}\nover\n`, stderr: '', code: 0 });
});

describe('fibers in the heap of a Worker', () => {
  test('one in a circle with somebody elsewhere is found and told, while another goes on', async () => {
    const { stdout } = await hosts('inCircle');
    expect(stdout).toMatch(
      /fiber#\d+ of inCircle#1 \(fiber\) waits for a Lock, held by fiber#2, .*take-both/,
    );
    expect(stdout).toMatch(/fiber#2 \(fiber\) waits for a Lock, held by fiber#\d+ of inCircle#1/);
    expect(stdout).toMatch(/there \["DeadlockError","slept"\]/);
  });

  test('one that a signal lets go is in no circle', async () => {
    const { stdout } = await hosts('givesUp');
    expect(stdout.split('\n').toSorted()).toEqual(['', 'here "has both"', 'there ["TypeError"]']);
  });

  test('all that are blocked for ever are told', async () => {
    const four = '["DeadlockError","DeadlockError","DeadlockError","DeadlockError"]';
    expect(await hosts('waits')).toEqual({ stdout: `there ${four}\n`, stderr: '', code: 0 });
  });

  test('who waits for one there is told what it waits for, and where', async () => {
    const { stdout } = await hosts('joins');
    expect(stdout).toMatch(
      /joins#1 \(worker\) waits for the end of fiber#\d+, since .*joins .*host-job\.mjs:\d+:9/,
    );
  });

  test('runInfo() shows where a Worker sleeps that can run them', async () => {
    const { stdout } = await hosts('sleeps');
    expect(stdout).toMatch(
      /- sleeps#1 \(worker, running\): waits for sleep\(\)\n  at sleeps .*host-job\.mjs:\d+:\d+/,
    );
  });

  test('what they make or spawn blocks nobody, and is not warned of', async () => {
    expect(await hosts('makes')).toEqual({ stdout: 'there ["9"]\n', stderr: '', code: 0 });
  });

  test('a time limit of theirs is waited for', async () => {
    const stdout = 'there ["true","false","TimeoutError"]\n';
    expect(await hosts('endsInTime')).toEqual({ stdout, stderr: '', code: 0 });
  });
});
