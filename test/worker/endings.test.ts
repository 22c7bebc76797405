/**
 * How a green thread can end without having returned: each with a clear error, its own, and no one else's.
 */
import { ExitError, GreenThread, spawn, wrap, type CoppiceError } from 'coppice';
import { beforeEach, describe, expect, test } from 'vitest';
import { marks, open, waitingAt } from '../fixtures/calls.mjs';
import { fixture, rejection, runProgram, until } from '../support.ts';

const jobs = wrap(fixture('jobs.mjs'));
const endOf = async (name: string, ...args: unknown[]) =>
  (await rejection(jobs[name]!(...args))) as CoppiceError;

beforeEach(() => {
  marks.length = 0;
});

describe('a module', () => {
  test('that is missing', async () => {
    const error = (await rejection(spawn(fixture('missing.mjs')))) as CoppiceError;
    expect(error.code).toBe('ERR_MODULE_NOT_FOUND');
    expect(error.message).toContain('missing.mjs');
  });

  test('with a syntax error', async () => {
    const error = await rejection(spawn(fixture('broken-syntax.mjs')));
    expect(error).toBeInstanceOf(SyntaxError);
  });

  test('that throws while it loads', async () => {
    const error = await rejection(spawn(fixture('throws-at-load.mjs')));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ code: 'E_LOAD', message: 'while loading' });
  });

  test('without the export that is asked for', async () => {
    const error = await endOf('noSuchJob');
    expect(error.code).toBe('ERR_COPPICE_NO_EXPORT');
    expect(error.message).toContain('noSuchJob');
    expect(error.message).toContain('identity');
    expect(error.message).not.toContain('__esModule');
  });

  test('without a function is run for its effects, each time anew', async () => {
    expect(await spawn(fixture('effects.mjs'))).toBeUndefined();
    expect(await spawn(fixture('effects.mjs'))).toBeUndefined();
    expect(marks).toEqual(['effects ran', 'effects ran']);
  });
});

describe('a Worker', () => {
  test('that returns its own thread', async () => {
    const error = await endOf('returnItself');
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain('cannot return itself');
  });

  test('in which process.exit is called', async () => {
    for (const code of [0, 3]) {
      const error = (await endOf('exitWith', code)) as unknown as ExitError;
      expect(error).toBeInstanceOf(ExitError);
      expect([error.exitCode, error.code]).toEqual([code, 'ERR_COPPICE_EXIT']);
    }
  });

  test('with a rejection that nobody handles', async () => {
    const error = await endOf('rejectUnhandled');
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'nobody caught me', code: 'E_UNHANDLED' });
  });

  test('with an exception in a timer', async () => {
    const error = await endOf('throwInTimer');
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe('from a timer');
  });

  test('that runs out of memory says so, and its neighbours go on', async () => {
    const neighbour = jobs['waitAt']!('neighbour');
    await until(() => waitingAt.includes('neighbour'));
    const thread = new GreenThread(fixture('jobs.mjs'), {
      exportName: 'exhaustMemory',
      resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 },
    });
    thread.start();
    const error = (await rejection(thread)) as CoppiceError;
    expect(error.code).toBe('ERR_COPPICE_OUT_OF_MEMORY');
    expect(error.message).toContain('resourceLimits');
    open('neighbour', 'alive');
    expect(await neighbour).toBe('alive');
  });

  test('that is terminated in the middle of a call takes nothing along', async () => {
    const victim = jobs['waitAt']!('victim');
    const neighbour = jobs['waitAt']!('other');
    await until(() => waitingAt.includes('victim') && waitingAt.includes('other'));
    await victim.killAsync({ force: true, timeout: 0 });
    expect(victim.successful).toBe(true);
    open('other', 1);
    expect(await neighbour).toBe(1);
  });

  test('whose thread is over and whose timer then throws is reported, not silently gone', async () => {
    const { code, stdout, stderr } = await runProgram('late-throw.mjs');
    expect([code, stdout]).toEqual([0, 'value 7\n']);
    expect(stderr).toContain('RangeError: after the end');
  });
});

test('a link that a thread leaves behind knows how the other one ended', async () => {
  const { stdout, stderr } = await runProgram('links-and-returns.mjs');
  expect(stderr).toBe('');
  // The process may end before it has printed.
  expect(stdout.replace('linked true\n', '')).toBe('returned\n');
});

describe('an error that nobody observed', () => {
  test('is printed once, to the real stderr, and does not fail the process', async () => {
    const { code, stderr } = await runProgram('unobserved.mjs', ['ignore']);
    expect(code).toBe(0);
    expect(stderr.match(/ended with an error that nobody observed/g)).toHaveLength(1);
    expect(stderr).toContain('TypeError: type');
  });

  test.each(['await', 'join then error', 'link', 'linkError'])(
    'not when observed by %s',
    async (how) => {
      const { stderr } = await runProgram('unobserved.mjs', [how]);
      expect(stderr).toBe('');
    },
  );
});
