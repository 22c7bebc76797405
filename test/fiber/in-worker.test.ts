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

for (const [kind, tries] of [
  ['Lock', ['false']],
  ['RLock', ['false']],
  ['RWLock', []],
  ['Readers', []],
  ['Condition', ['ERR_COPPICE_NOT_OWNER']],
] as const) {
  test(`${kind}: what one fiber holds is neither another one's nor the job's`, () => {
    const log = JSON.parse(run('owners', kind)) as string[];
    const job = 'job ERR_COPPICE_NOT_OWNER';
    expect(log).toContain(job);
    expect(log.filter((line) => line !== job)).toEqual([
      'ERR_COPPICE_NOT_OWNER',
      ...tries,
      ...(kind === 'Readers' ? ['second in', 'first leaves'] : ['first leaves', 'second in']),
    ]);
  });
}

test('a message goes to the fiber that it was sent to', () => {
  expect(JSON.parse(run('mail'))).toEqual([
    'first 0,second 0',
    'first 1,second 1',
    '"first 2"',
    '"ERR_COPPICE_PINNED"',
    'to the job',
  ]);
});

for (const kind of ['sleep', 'get', 'join']) {
  test(`${kind}: a kill ends what the job's own async code waits for, and runs its finally`, () => {
    expect(run('killedIn', kind)).toBe('waits,finally,true,GreenThreadExit');
  });

  test(`${kind}: a Timeout ends what the job's own async code waits for`, () => {
    expect(run('timedOutIn', kind)).toBe('true');
  });
}

test('functions run in a pool of the hub as fibers of the Worker that spawns them', () => {
  expect(run('pooled')).toBe('[[[1,4,9],16,[25,36],[49],[64,81]],["fiber"],2,0,[100,4]] 0');
});

for (const where of ['inside', 'outside']) {
  test(`a group with fibers of several Workers is killed from ${where}`, () => {
    const size = where === 'inside' ? ['0'] : [];
    const four = (line: string): string[] => [line, line, line, line];
    const ends = [...four(`The green thread was killed: from ${where}`), ...four('finally')];
    expect(run('grouped', where)).toBe(`5 0 ${[...size, ...ends, ...four('in')].join()}`);
  });
}

test('the places of fibers whose Worker died are free again', () => {
  expect(run('ended')).toBe('2 0 1');
});

test('fibers are waited for in the heap where they live', () => {
  expect(run('verbs')).toBe('false,42,42,true');
});

test('a job that is no async function waits for its own fibers, which go on meanwhile', () => {
  expect(JSON.parse(run('plain'))).toEqual([3, 3, 'abc', 'worker']);
});

test('its kill ends that wait and runs its finally', () => {
  expect(run('plainlyKilled')).toBe('waits,finally,GreenThreadExit');
});

test('the kill of a job reaches the job, and not its fibers', () => {
  expect(run('bystander')).toBe('killed item true');
});

test('what is given to the fibers of a Worker that is being terminated comes back', () => {
  expect(run('terminated')).toBe('all there');
});
