/** Programs that get stuck, or only seem to, each in a process of its own: what Node thinks is left decides. */
import { expect, test } from 'vitest';
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
  expect(full.stdout).toContain('sets value undefined');
});

test('runInfo shows what each thread waits for, and its stack', async () => {
  const { stdout } = await run('info');
  expect(stdout).toContain('1 green threads\n- waitFor#1 (worker, running): waits for an Event');
  expect(stdout).toMatch(/ {2}at waitFor \(.*deadlock-jobs\.mjs:4:16\)/);
});
