/** What a beginner gives by mistake, where it would else be a TypeError without advice. */
import {
  blocking,
  GreenThread,
  joinAllAsync,
  killAllAsync,
  Local,
  Queue,
  readLine,
  spawn,
  ThreadPool,
  Timeout,
  withTimeout,
  withTimeoutAsync,
  wrap,
} from 'coppice';
import { expect, test } from 'vitest';
import { fixture, rejection, thrownBy } from '../support.ts';

const wrong = (value: unknown): never => value as never;
const job = fixture('second.mjs');
const refused = { code: 'ERR_COPPICE_INVALID_ARGUMENT' };

test.each<[string, () => unknown]>([
  ['withTimeout() without work', () => withTimeout(20, wrong(undefined))],
  ['withTimeout() of a number', () => withTimeout(20, wrong(5))],
  ['a Timeout with null', () => new Timeout(5, wrong(null))],
  ['a Local with a value', () => new Local(wrong(5))],
  ['a ThreadPool with null', () => new ThreadPool(wrong(null))],
  ['readLine() of a prompt alone', () => readLine(wrong('Your name? '))],
  ['readLine() with a prompt that is no string', () => readLine({ prompt: wrong(5) })],
  ['arguments that are no array', () => new GreenThread(job, { args: wrong(5) })],
  ['arguments that are no option', () => new GreenThread(job, wrong('argument'))],
  ['blocking() of what a module exports', () => blocking(wrong(Object.create(null)))],
])('%s is refused', (_what, call) => {
  expect(thrownBy(call)).toMatchObject(refused);
});

test('so it is where it is awaited', async () => {
  await using pool = new ThreadPool({ size: 1 });
  expect(await rejection(withTimeoutAsync(20, wrong(5)))).toMatchObject(refused);
  const mapped = pool.map(wrong(5), fixture('pool-jobs.mjs'));
  expect(await rejection(mapped)).toMatchObject(refused);
});

test.each<[string, (thread: GreenThread) => Promise<unknown>]>([
  ['joinAll() of one thread', (thread) => joinAllAsync(wrong(thread))],
  ['joinAll() of what cannot be gone through', (thread) => joinAllAsync(wrong({ thread }))],
  ['killAll() of one thread', (thread) => killAllAsync(wrong(thread))],
  ['joinAll() with a hole', (thread) => joinAllAsync([thread, wrong(undefined)])],
  ['a count of less than none', (thread) => joinAllAsync([thread], { count: -1 })],
  ['a count that is no number', (thread) => joinAllAsync([thread], { count: wrong('1') })],
])('%s is refused, and not waited for', async (_what, call) => {
  expect(await rejection(call(new GreenThread(job)))).toMatchObject(refused);
});

test('what readLine() takes is told by example', () => {
  const error = thrownBy(() => readLine(wrong('Your name? '))) as Error;
  expect(error.message).toContain("{ prompt: 'Your name? ' }");
});

test('a Timeout that comes from another thread can be closed, and is what was thrown', async () => {
  const jobs = wrap(fixture('timeout-jobs.mjs'));
  const error = (await rejection(jobs['throwsTimeout']!())) as Timeout;
  expect(error).toBeInstanceOf(Timeout);
  error.close();
  expect(error.thrown).toBe(error);
});

test.each<[string, () => unknown]>([
  ['an argument', () => new ThreadPool(wrong(null))],
  ['a function that is not compiled', () => new GreenThread(() => 1)],
  ['a wait on the main thread', () => new Queue().get()],
])('the stack of %s that is wrong begins with who gave it', (_what, call) => {
  const [, first] = (thrownBy(call) as Error).stack!.split(/\n(?=\s+at )/);
  expect(first).toContain('bad-input.test.ts');
});

test('an argument that cannot be sent says where it was given', async () => {
  const { stack } = (await rejection(spawn(job, () => 1))) as Error;
  expect(stack).toMatch(/--- spawned ---\n\s+at \S*bad-input\.test\.ts/);
});
