/** What `runInfo()` tells, of a program in which everything waits in some way. In a process of its own. */
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];
/** Without what is another one each time. */
const plain = (text: string): string =>
  text
    .replaceAll(/ since \d{4}-\S+/g, '')
    .replaceAll(/#\d{9,}/g, '#n')
    .replaceAll(/\(\S*\/(\S+?\.mjs):\d+:\d+\)/g, '($1)');

const SLEEPER = `- sleeper#8 (fiber, running): waits for sleep()
  at sleeper (info.mjs)`;
const MAKER = `- maker#7 (fiber, running): waits for the end of made#10
  at maker (info.mjs)
  - made#10 (fiber, running): waits for an item of a Queue
    at made (info.mjs)`;
const REST = `- task#9 (fiber, running): waits for a Lock held by holds#1
  at task (info.mjs)
- main (coroutine, running): waits for an Event to be set
  at own (info.mjs)
  at <anonymous> (info.mjs)`;
const QUEUED = `- waits#6 (worker, scheduled, daemon): waits for a free Worker held by holds#1, hosts#2, parks#3, computes#4, sleeps#5`;

describe('a program in which everything waits', async () => {
  const { stdout, stderr, code } = await runProgram('sync/stuck/info.mjs', [], { flags });
  const [all = '', now = ''] = plain(stdout).split(/(?=^\d+ green threads$)/m);

  test('is told of whole, also what is in Workers that are parked, stand still, compute or sleep', () => {
    expect(all).toMatch(/^17 green threads\n/);
    for (const part of [
      `- holds#1 (worker, running): waits for an Event to be set
  at holds (info-job.mjs)
- hosts#2 (worker, running)
  - onLock#n (fiber, running): waits for a Lock held by holds#1
    at onLock (info-job.mjs)
  - onLockAsync#n (fiber, running): waits for a Lock held by holds#1
    at onLockAsync (info-job.mjs)
  - elsewhere#n (fiber, running): waits for a promise
  - joins#n (fiber, running): waits for the end of grandchild#n
    at joins (info-job.mjs)
    - grandchild#n (fiber, running): waits for an Event to be set
      at grandchild (info-job.mjs)
- parks#3 (worker, running): waits for an Event to be set
  at parks (info-job.mjs)
  - beside#n (fiber, running): waits for an Event to be set
    at beside (info-job.mjs)
- computes#4 (worker, running)
  (it does not answer: its code computes, or has not been loaded yet)
  - known#n of computes#4 (fiber, running): waits for a Lock held by holds#1
- sleeps#5 (worker, running): waits for sleep()
  at sleeps (info-job.mjs)
`,
      QUEUED,
      SLEEPER,
      MAKER,
      REST,
    ])
      expect(all).toContain(part);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  test('is told of at once without what only the Workers know', () => {
    for (const part of [
      '- hosts#2 (worker, running)\n  - onLock#n of hosts#2 (fiber, running): waits for a Lock held by holds#1\n',
      '- parks#3 (worker, running): waits for an Event to be set\n',
      QUEUED,
      SLEEPER,
      MAKER,
      REST,
    ])
      expect(now).toContain(part);
  });
});
