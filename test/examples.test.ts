/**
 * Every example, run as a user runs it: Node itself, the built package, its output looked at.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { blocking, type BlockingFunction } from 'coppice';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

async function node(args: string[], input = ''): Promise<{ output: string; lines: string[] }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'pipe' });
  const ended = once(child, 'close');
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    ended,
  ]);
  expect({ code: code as unknown, stderr }).toEqual({ code: 0, stderr: '' });
  return { output: stdout, lines: stdout.trim().split('\n') };
}

/** What each example must print. */
const examples: Record<string, () => Promise<void>> = {
  async hello() {
    const { lines } = await node('dist/bin.js run examples/hello/hello.js --copies 10'.split(' '));
    expect(lines).toEqual([
      ...Array<string>(10).fill('Hello'),
      ...Array<string>(10).fill('World!'),
    ]);
  },

  async 'bounded-buffer'() {
    const { output } = await node(['examples/bounded-buffer/main.js']);
    expect(output).toBe('Three consumers got a sum of 44850\n');
  },

  async 'coffee-shop'() {
    const { lines } = await node(['examples/coffee-shop/main.js']);
    expect(lines).toEqual([
      '20 orders taken by 2 cashiers, 20 drinks made by 3 baristas.',
      '20 customers served.',
    ]);
  },

  async 'dining-philosophers'() {
    const { lines } = await node(['examples/dining-philosophers/main.js']);
    expect(lines[0]).toBe('Left fork first:');
    expect(lines.slice(1, 6)).toEqual(
      Array<string>(5).fill('  DeadlockError: 5 wait for each other'),
    );
    expect(lines[6]).toBe('Lower fork first:');
    expect(lines.slice(7).every((line) => line.endsWith('has eaten 3 times'))).toBe(true);
  },

  async 'echo-server'() {
    const { lines } = await node('dist/bin.js run --fibers examples/echo-server/app.js'.split(' '));
    expect(lines).toEqual([
      '1000 visitors; the last one read:',
      '  Say something, or "quit".',
      '  HELLO FROM VISITOR 999',
      '  Goodbye!',
    ]);
  },

  async fibers() {
    const { lines } = await node('dist/bin.js run --fibers examples/fibers/app.js'.split(' '));
    expect(lines[0]).toMatch(/^10000 fibers, 2 lazy loads of 20 ms each: \d+ ms\.$/);
    expect(lines[1]).toBe("The last one: [ 'author 3', 'author 4' ]");
  },

  async 'readers-and-writers'() {
    const { lines } = await node(['examples/readers-and-writers/main.js']);
    expect(lines.slice(0, 2)).toEqual([
      'The table is 10, 10 after 10 writes.',
      'Readers saw 0 half changes.',
    ]);
  },

  async 'ask-your-name'() {
    const { output, lines } = await node(['examples/ask-your-name/main.js'], 'Ada\nGrace\n');
    for (const hello of ['Hello, Ada!', 'Hello, Grace!']) expect(output).toContain(hello);
    // The third finds the end of the input.
    expect(lines.at(-1)).toMatch(/Nice to have met you: .*(Ada|Grace).*\.$/);
    expect(lines.at(-1)).toContain('somebody');
  },

  async 'lazy-orm'() {
    const { output, lines } = await node(['examples/lazy-orm/main.js']);
    const rounds = [
      ...output.matchAll(/made (\d+) queries in \d+ ms, at most (\d+) in flight over 5/g),
    ];
    expect(rounds.map(([, queries]) => queries)).toEqual(['250', '250']);
    for (const [, , most] of rounds) expect(Number(most)).toBeLessThanOrEqual(5);
    expect(lines).toHaveLength(2 + 50);
    expect(lines).toContain('"Post 1" by Author 2, with comments by Author 2 and Author 3');
    // With a real server the pool is used to the full.
    if (process.env['DATABASE_URL']) expect(rounds.at(-1)?.[2]).toBe('5');
  },

  async scrape() {
    const { output } = await node(['examples/scrape/main.js']);
    expect(output.match(/^Site \d+: 3 pages$/gm)).toHaveLength(20);
    expect(Number(/at most (\d+) at once/.exec(output)?.[1])).toBeGreaterThan(1);
  },

  async 'template-hook'() {
    const { output } = await node(['examples/template-hook/main.js']);
    expect(output).toMatch(/See The page 7, The page more and http:\S+\/gone \(404\)\./);
    expect(output.match(/^Document \d+$/gm)).toHaveLength(20);
    expect(Number(/at most (\d+) at once/.exec(output)?.[1])).toBeGreaterThan(1);
  },

  async 'wrap-a-legacy-module'() {
    const { output } = await node(['examples/wrap-a-legacy-module/main.js']);
    for (const which of ['first', 'second', 'third'])
      expect(output).toContain(`${which}: waited 1 s for a child process`);
    expect(output).toContain('75025');
  },
};

describe('examples', () => {
  test.each(Object.entries(examples))('%s', async (_name, run) => {
    expect.hasAssertions();
    await run();
  });

  test('lazy-orm: a query for which nobody waits any more is not made', async () => {
    type Db = Record<'query' | 'close', BlockingFunction<unknown[], unknown>>;
    const db = blocking(new URL('../examples/lazy-orm/db.js', import.meta.url)) as unknown as Db;
    const query = db.query.async;
    await query('create table if not exists given_up (id int)');
    const controller = new AbortController();
    const { signal } = controller;
    const inserts = Array.from({ length: 20 }, (_, id) =>
      db.query.with({ signal }).async('insert into given_up values ($1)', [id]),
    );
    controller.abort();
    await Promise.allSettled(inserts);
    // First come, first served: when this one is made those would have been.
    expect(await query('select count(*)::int as count from given_up')).toEqual([{ count: 0 }]);
    await query('drop table given_up');
    await db.close.async();
  });

  test('are all run here', () => {
    expect(readdirSync(new URL('../examples', import.meta.url)).toSorted()).toEqual(
      Object.keys(examples).toSorted(),
    );
  });
});
