/**
 * `blocking()`: an async module used in blocking style from green threads, explicitly from coroutines, and for real
 * from plain code.
 */
import { blocking, wrap, type GreenThread, type Limitable } from 'coppice';
import { describe, expect, expectTypeOf, test } from 'vitest';
import * as shared from '../fixtures/async-db.mjs';
import { fixture, rejection, runProgram, thrownBy } from '../support.ts';

const db = blocking<typeof import('../fixtures/async-db.mjs')>(fixture('async-db.mjs'));
const jobs = wrap(fixture('blocking-jobs.mjs'));
const HUB_THREAD = 0;

describe('a module in blocking style', () => {
  test('runs once, on the hub, for all green threads together', async () => {
    const threads = Array.from({ length: 4 }, (_, n) => jobs['call']!('query', `select ${n}`));
    expect(await Promise.all(threads)).toEqual([0, 1, 2, 3].map((n) => [{ sql: `select ${n}` }]));
    expect(await jobs['call']!('statistics')).toMatchObject({ loads: 1, threadId: HUB_THREAD });
    expect((await shared.statistics()).loads).toBe(1);
  });

  test('calls what is not async, and what is async by name too', async () => {
    expect(await jobs['call']!('add', 2, 3)).toBe(5);
    expect(await jobs['call']!('list', 3)).toEqual([0, 1, 2]);
    expect(await jobs['awaited']!('list', 3)).toEqual([0, 1, 2]);
  });

  test('tells the implementation who calls', async () => {
    const thread = jobs['call']!('context');
    expect(await thread).toEqual({ aborted: false, thread: thread.id });
  });

  test("shows it the async context of the thread's maker", async () => {
    const threads = ['a', 'b'].map((id) =>
      shared.storage.run(id, () => jobs['calls']!('requestId', [[], []])),
    );
    expect(await Promise.all(threads)).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
  });

  test('lets exports that are no functions be read', async () => {
    expect(await jobs['read']!('VERSION')).toBe(7);
    expect(await jobs['read']!('config')).toEqual({ hosts: ['a', 'b'] });
    expect(await jobs['read']!('noSuchExport')).toBeUndefined();
  });

  test('lets a value be read whose name ends as those of explicit faces do', async () => {
    expect(await jobs['read']!('isAsync')).toBe(true);
    await db.whereAsync();
    expect(db.isAsync).toBe(true);
  });

  test('says which export cannot be read', async () => {
    expect(await rejection(jobs['read']!('tool'))).toMatchObject({
      code: 'ERR_COPPICE_NOT_CLONEABLE',
      message: expect.stringContaining('"tool"'),
    });
  });

  test('takes CommonJS', async () => {
    const lib = blocking(fixture('async-lib.cjs'));
    expect(await lib['oneAsync']!()).toBe('one');
    expect(lib['two']!()).toBe('two');
  });

  test('takes an exported instance, whose methods need it', async () => {
    const table = blocking(fixture('instance.cjs'));
    expect([table['count']!(), table['where']!()]).toEqual([5, 'posts']);
    expect(await table['countAsync']!()).toBe(5);
    expect(table['table']).toBe('posts');
    expect(table['constructor']).toBeUndefined();
  });

  test('names its faces as the module does', () => {
    expect([db.query.name, db.queryAsync.name]).toEqual(['query', 'queryAsync']);
  });

  test('has nothing under a name that is not exported; only the explicit face can say so', async () => {
    const any = blocking(fixture('async-db.mjs'));
    expect(typeof any['nope']).toBe('undefined');
    expect(thrownBy(() => any['nope']!())).toBeInstanceOf(TypeError);
    expect(await rejection(any['nopeAsync']!() as Promise<unknown>)).toMatchObject({
      code: 'ERR_COPPICE_NO_EXPORT',
    });
  });

  test('takes nothing that names no module', () => {
    for (const bad of ['./db.js', 'pg', 7, undefined, null]) {
      expect(thrownBy(() => blocking(bad as string))).toMatchObject({
        code: 'ERR_COPPICE_INVALID_ARGUMENT',
        message: expect.stringContaining('new URL('),
      });
    }
  });
});

describe('a coroutine', () => {
  test('awaits the explicit face, in the one instance on the hub', async () => {
    expect(await db.queryAsync('select 1')).toEqual([{ sql: 'select 1' }]);
    expect(await db.whereAsync()).toBe(HUB_THREAD);
    expect(await jobs['awaited']!('where')).toBe(HUB_THREAD);
  });

  test('can await the module itself: it is no promise', async () => {
    // oxlint-disable-next-line typescript/await-thenable -- that is what is tested
    expect(await db).toBe(db);
  });

  test('has its own async context', async () => {
    expect(await shared.storage.run('mine', () => db.requestIdAsync())).toBe('mine');
  });

  test('is told of an export that is not there, with those that are', async () => {
    const lib = blocking(fixture('async-lib.cjs'));
    expect(await rejection(lib['threeAsync']!())).toMatchObject({
      code: 'ERR_COPPICE_NO_EXPORT',
      message: expect.stringMatching(/"three".*one, two/),
    });
  });
});

describe('plain code on the main thread', () => {
  test('blocks, with an instance of the module of its own', () => {
    expect(db.query('select 1')).toEqual([{ sql: 'select 1' }]);
    expect(db.where()).not.toBe(HUB_THREAD);
  });

  test('reads the values of the instance on the hub, whatever has been loaded before', async () => {
    for (const which of ['esm', 'commonjs', 'after a call', 'imported']) {
      const { stdout, stderr } = await runProgram('main/reads-values.mjs', [which]);
      expect({ stderr, stdout }).toEqual({ stderr: '', stdout: '[true,"a value",null,true]\n' });
    }
  });

  test('is told what to do about a value that it cannot load', async () => {
    const { stdout } = await runProgram('main/reads-values.mjs', ['needs the loop']);
    expect(JSON.parse(stdout)).toEqual([
      'ERR_COPPICE_WOULD_BLOCK_MAIN',
      expect.stringContaining('by the name with Async'),
      'a value',
      true,
    ]);
  });

  test('iterates', () => {
    expect([...db.numbers(3)]).toEqual([1, 2, 3]);
    for (const n of db.numbers(3)) if (n === 2) break;
    expect([...db.openNumbers(2)]).toEqual([1, 2]);
  });

  test('gets the errors of the implementation', () => {
    expect(thrownBy(() => db.throwsAtOnce())).toMatchObject({ code: 'E_ONCE' });
    expect(thrownBy(() => db.throwsAtOnce())).toBeInstanceOf(RangeError);
    expect(thrownBy(() => db.rejects('object'))).toEqual({ status: 404 });
    expect(thrownBy(() => db.uncloneable())).toMatchObject({
      code: 'ERR_COPPICE_NOT_CLONEABLE',
      message: expect.stringContaining('[0].format') as string,
    });
    expect(thrownBy(() => db.query((() => {}) as never))).toMatchObject({
      code: 'ERR_COPPICE_NOT_CLONEABLE',
    });
    // and goes on working after all that
    expect(db.add(1, 1)).toBe(2);
  });
});

describe('types', () => {
  test('both faces of each function, and the values', () => {
    expectTypeOf(db.query).toEqualTypeOf<Limitable<(sql: string) => { sql: string }[]>>();
    expectTypeOf(db.queryAsync).toEqualTypeOf<
      Limitable<(sql: string) => Promise<{ sql: string }[]>>
    >();
    expectTypeOf(db.add).toEqualTypeOf<Limitable<(a: number, b: number) => number>>();
    expectTypeOf(db.addAsync).returns.toEqualTypeOf<Promise<number>>();
    expectTypeOf(db.numbers).toEqualTypeOf<Limitable<(n: number) => IterableIterator<number>>>();
    expectTypeOf(db.numbersAsync).toEqualTypeOf<Limitable<(n: number) => AsyncIterable<number>>>();
    expectTypeOf(db.openNumbers).toEqualTypeOf<
      Limitable<(n: number) => IterableIterator<number>>
    >();
    expectTypeOf(db.list).toEqualTypeOf<Limitable<(n: number) => number[]>>();
    expectTypeOf(db.VERSION).toEqualTypeOf<number>();
    expectTypeOf(db.throwsAtOnce).toEqualTypeOf<Limitable<() => never>>();
    // What TypeScript can keep: overloads, and type parameters where the result is the same in that face.
    expectTypeOf(db.twice('a')).toEqualTypeOf<string>();
    expectTypeOf(db.twice(1)).toEqualTypeOf<number>();
    expectTypeOf(db.twiceAsync(1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(db.parsedAsync<{ id: number }>('{}')).toEqualTypeOf<Promise<{ id: number }>>();
    expectTypeOf(db.parsed('{}')).toBeUnknown();
    expectTypeOf(db.first([1, 2])).toEqualTypeOf<number>();
    const wrapped = wrap<typeof import('../fixtures/async-db.mjs')>(fixture('async-db.mjs'));
    expectTypeOf(wrapped.query).returns.toEqualTypeOf<GreenThread<{ sql: string }[]>>();
    expectTypeOf(wrapped.add).parameters.toEqualTypeOf<[a: number, b: number]>();
    expectTypeOf(wrapped).not.toHaveProperty('VERSION');
    const untyped = blocking(fixture('async-db.mjs'));
    expectTypeOf(untyped['query']!).toBeCallableWith('select 1', 2);
    expectTypeOf(untyped['query']!).returns.toBeUnknown();
    expectTypeOf(untyped['queryAsync']!).returns.toEqualTypeOf<Promise<unknown>>();
    // @ts-expect-error -- the argument is a string
    expectTypeOf(db.query).toBeCallableWith(1);
    // @ts-expect-error -- there is no such export
    void db.nope;
  });
});
