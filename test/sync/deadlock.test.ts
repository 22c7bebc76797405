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
    ['fibers.mjs', 'blocks\n', /the program \(fiber\) waits for an Event to be set/],
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
