/** Programs that get stuck, or only seem to, each in a process of its own: what Node thinks is left decides. */
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support.ts';

async function run(name: string): Promise<{ stdout: string; stderr: string; code: number | null }> {
  return runProgram('sync/deadlocks.mjs', [name]);
}

test('a thread that nothing can wake gets a DeadlockError that says what, since when and where', async () => {
  const { stdout, stderr, code } = await run('event');
  expect(stdout).toContain('event DeadlockError');
  expect(stdout).toMatch(
    /waitFor#1 \(worker\) waits for an Event to be set, since \d{4}-.*deadlock-jobs\.mjs:4:16/,
  );
  expect(stdout).toMatch(/over\n$/);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
});

test('a cycle of locks is named, with who holds what', async () => {
  const { stdout } = await run('cycle');
  expect(stdout).toContain('first DeadlockError');
  expect(stdout).toContain('second DeadlockError');
  expect(stdout).toMatch(/takeBoth#1 \(worker\) waits for a Lock, held by takeBoth#2, .*:20:10/);
  expect(stdout).toMatch(/takeBoth#2 \(worker\) waits for a Lock, held by takeBoth#1, .*:20:10/);
});

test('a cycle among some is found while others run, within a second or so', async () => {
  const { stdout } = await run('cycleAmongOthers');
  expect(stdout).toContain('wait for each other');
  // Which is before the others end: those run until then.
  expect(stdout).toMatch(/first DeadlockError \d+/);
  expect(stdout).toMatch(/second DeadlockError \d+/);
});

test('one who was notified waits for the lock, which its owner keeps', async () => {
  const { stdout } = await run('notified');
  expect(stdout).toContain('notified DeadlockError');
  expect(stdout).toContain('notifier DeadlockError');
  expect(stdout).toMatch(
    /waitsNotified#1 \(worker\) waits for a Lock, held by notifiesAndKeeps#2, .*:66:34/,
  );
  expect(stdout).toMatch(/notifiesAndKeeps#2 \(worker\) waits for a Lock, held by waitsNotified#1/);
});

test('a reader who reads again behind a writer who does not give up', async () => {
  const { stdout } = await run('readsBehindWriter');
  expect(stdout).toContain('reader DeadlockError');
  expect(stdout).toContain('writer DeadlockError');
  expect(stdout).toMatch(/readAgain#1 \(worker\) waits for an RWLock, held by writeBehind#2/);
  expect(stdout).toMatch(/over\n$/);
});

test.each(['deadOwner', 'join'])('%s is a deadlock, too', async (name) => {
  const { stdout } = await run(name);
  expect(stdout).toContain('DeadlockError');
  expect(stdout).toMatch(/over\n$/);
});

test.each([
  ['runningDaemon', 'event value true\nover\n'],
  ['timer', 'event value true\nover\n'],
  ['otherThread', 'event value true\nover\n'],
  ['bounded', 'event value false\nscope value "timed out"\nover\n'],
  ['readsBehindPatientWriter', 'reader value true\nwriter value false\nover\n'],
  ['daemon', 'over\n'],
])('%s is none', async (name, output) => {
  const { stdout, stderr, code } = await run(name);
  expect({ stdout, stderr, code }).toEqual({ stdout: output, stderr: '', code: 0 });
});

test('the program goes on from there: finally blocks let go, and those who waited for a Worker run', async () => {
  const recovered = await run('recovers');
  expect(recovered.stdout).toContain('holder DeadlockError');
  expect(recovered.stdout).toContain('next value true');
  const full = await run('fullPool');
  expect(full.stdout).toContain('waits DeadlockError');
  expect(full.stdout).toContain('1 more has not begun, since no Worker is free for them.');
  expect(full.stdout).toContain('sets value undefined');
});

test('who has all Workers and waits for one that needs one is told while others run', async () => {
  const { stdout, code } = await run('fullPoolCycle');
  expect(stdout).toContain('joins DeadlockError');
  expect(stdout).toMatch(
    /joinNext#1 \(worker\) waits for the end of setLater#3, since .*jobs\.mjs/,
  );
  expect(stdout).toContain('setLater#2 (worker) waits for a free Worker, held by joinNext#1');
  expect(stdout).toContain('setLater#3 (worker) waits for a free Worker, held by setLater#2');
  expect(stdout).toContain('Let more run at once with configure({ maxWorkers })');
  expect(stdout).toMatch(/before value undefined\nlast value undefined\nover\n$/);
  expect(code).toBe(0);
});

test('that all who have the Workers may wait for one that needs one is warned of', async () => {
  const { stdout, code } = await run('fullPoolSuspected');
  expect(stdout).toMatch(/^COPPICE_DEADLOCK_SUSPECTED/);
  expect(stdout).toContain('waits for a free Worker, held by waitFor#1, waitFor#2');
  expect(stdout).toMatch(/waitFor#2 \(worker\) waits for an Event to be set, .*jobs\.mjs/);
  const ends = ['0 value true', '1 value true', '2 value undefined'];
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(ends));
  expect(code).toBe(0);
});

test('who has a Worker and can go on makes it none', async () => {
  const { stdout, code } = await run('fullPoolGoesOn');
  expect(stdout).toBe('last value undefined\njoins value undefined\nover\n');
  expect(code).toBe(0);
});

test('runInfo shows what each thread waits for, and its stack', async () => {
  const { stdout } = await run('info');
  const head = '1 green threads\n- waitFor#1 (worker, running): waits for an Event';
  // Plain code on the main thread cannot wait for what the Worker tells, and leaves out the stack.
  expect(stdout.split(head)).toHaveLength(3);
  expect(stdout).toMatch(/ {2}at waitFor \(.*deadlock-jobs\.mjs:4:16\)/);
});

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];
const stuck = async (file: string, name = '') =>
  runProgram(`sync/stuck/${file}`, [name], { flags });

describe('fibers', () => {
  test.each([
    'select',
    'wait',
    'asCompleted',
    'receive',
    'endless',
    'unheard',
    'call',
    'promise',
    'async',
    'closed',
    'both',
  ])('one that is blocked for ever in %s is told so', async (name) => {
    expect(await stuck('fibers.mjs', name)).toEqual({
      code: 0,
      stdout: `${name} DeadlockError\n`,
      stderr: '',
    });
  });

  test.each([
    ['signal', 'TimeoutError'],
    ['any', 'TimeoutError'],
    ['waitSignal', '1'],
  ])('a time limit is waited for: %s', async (name, end) => {
    expect(await stuck('fibers.mjs', name)).toEqual({
      code: 0,
      stdout: `${name} ${end}\n`,
      stderr: '',
    });
  });

  test('a thousand of them are told of once, at a bearable length', async () => {
    const { stderr } = await stuck('fibers.mjs', 'many');
    expect(stderr.match(/ended/g)).toHaveLength(1);
    expect(stderr).toContain('and 900 more');
  });

  test.each([
    [
      'fibers.mjs',
      'blocks\n',
      /the program \(fiber\) waits for an Event to be set, since .*fibers\.mjs:\d+/,
    ],
    ['program.cjs', 'has it\n', /waits for a Lock, held by main, .*program\.cjs:6:6/],
  ])('the program itself, blocked for ever at its top: %s', async (file, stdout, error) => {
    const result = await stuck(file, 'program');
    expect(result).toMatchObject({ code: 1, stdout });
    expect(result.stderr).toMatch(error);
  });
});

test('a worker green thread whose call never settles is told so', async () => {
  const { stdout } = await run('neverSettles');
  expect(stdout).toMatch(/never DeadlockError/);
  expect(stdout).toMatch(/waits for test\.neverSettles\(\), since .*deadlock-jobs\.mjs/);
});

describe("the program's own async code", () => {
  const own = (name: string, ...more: string[]) =>
    runProgram('sync/stuck/own.mjs', [name, ...more]);

  test.each([
    ['event', 'an Event to be set'],
    ['queue', 'an item of a Queue'],
    ['full', 'room in a Queue'],
    ['iteration', 'an item of a Queue'],
    ['join', 'the items of a Queue to be done'],
    ['channel', 'a sender on a Channel'],
    ['lock', 'a Lock, held by main'],
    ['semaphore', 'a permit of a Semaphore'],
    ['rwlock', 'an RWLock, held by main'],
    ['barrier', 'the others at a Barrier of 2'],
    ['wait', 'several things to become ready'],
    ['asCompleted', 'several things to become ready'],
    ['never', 'test.never()'],
    ['all', 'an Event to be set'],
    ['chain', 'an Event to be set'],
    ['notStarted', 'the end of deadlock-jobs.mjs#1'],
  ])('that waits for ever in %s is told what for and where', async (name, what) => {
    const { stdout, stderr, code } = await own(name, 'caught');
    expect(stdout).toContain(`main (coroutine) waits for ${what}, since 2`);
    expect(stdout).toMatch(/stuck\/own\.mjs:\d+:\d+/);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  test.each(['queue', 'top'])('does not just end: %s', async (name) => {
    const { stderr, code } = await own(name);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /DeadlockError: Deadlock: .*\n {2}main \(coroutine\) waits for an item of a Queue, since .*own\.mjs:\d+/,
    );
    expect(stderr).not.toContain('hub.cjs');
  });

  test.each([
    ['thread', '["DeadlockError",["waitFor#1"]]'],
    ['caught', '["ERR_COPPICE_DEADLOCK",true]'],
    ['recovers', '"recovered from DeadlockError"'],
    ['loser', '"first"'],
    ['byDaemon', 'true'],
    ['byRunningDaemon', 'true'],
    ['timeout', 'false'],
    ['limit', '"Timeout"'],
    ['signal', '"TimeoutError"'],
    ['beforeExit', 'true'],
    ['timer', 'true'],
  ])('goes on: %s', async (name, given) => {
    expect(await own(name)).toEqual({ stdout: `${name} ${given}\n`, stderr: '', code: 0 });
  });

  test('that serves as a daemon ends with the program', async () => {
    const stdout = 'served\ndaemon "ends"\n';
    expect(await own('daemon')).toEqual({ stdout, stderr: '', code: 0 });
  });
});
