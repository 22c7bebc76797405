/** Fibers in the heap of a worker green thread: what the hub hands over to one that is killed or out of time. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

function run(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      '--import',
      new URL('../../dist/register.js', import.meta.url).href,
      fileURLToPath(new URL('../fixtures/fibers/in-worker/main.mjs', import.meta.url)),
      ...args,
    ],
    { encoding: 'utf8', timeout: 150_000 },
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.trimEnd();
}

for (const name of ['take', 'iterate', 'read']) {
  test(`${name}: fibers killed or timed out at any moment lose nothing`, () => {
    expect(JSON.parse(run(name))).toEqual({ whole: true, count: 1000, killed: true, most: 0 });
  });
}

test('what comes for a fiber that was terminated meanwhile is passed on', () => {
  expect(run('refuses')).toBe('item false');
});

test('what a fiber was woken with when it was terminated is passed on', () => {
  expect(run('woken')).toBe('false,2,item');
});

test('a permit that was handed over to a killed fiber is passed on', () => {
  expect(run('semaphore')).toBe('true true,true,true,false');
});

test('a lock that was handed over to a killed fiber is passed on', () => {
  expect(run('lock')).toBe('1 true 0');
});

test('fibers are waited for in the heap where they live', () => {
  expect(run('verbs')).toBe('false,42,42,true');
});

test('the kill of a job reaches the job, and not its fibers', () => {
  expect(run('bystander')).toBe('killed item true');
});

test('what is given to the fibers of a Worker that is being terminated comes back', () => {
  expect(run('terminated')).toBe('all there');
});
