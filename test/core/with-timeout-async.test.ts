/**
 * Time limits of coroutines: they reach every async face that is awaited inside, and work that does not listen.
 */
import { sleepAsync, Timeout, withTimeout, withTimeoutAsync, wrap } from 'coppice';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { deferred, fixture, rejection } from '../support.ts';

const jobs = wrap(fixture('timeout-jobs.mjs'));

describe('withTimeoutAsync', () => {
  test('gives what the work gives, and stops counting', async () => {
    expect(await withTimeoutAsync(60_000, () => 'value')).toBe('value');
    expect(await withTimeoutAsync(60_000, async () => sleepAsync(1))).toBeUndefined();
    expect(
      await rejection(withTimeoutAsync(60_000, () => Promise.reject(new Error('own')))),
    ).toMatchObject({ message: 'own' });
    expect(
      await rejection(
        withTimeoutAsync(60_000, () => {
          throw new Error('sync');
        }),
      ),
    ).toMatchObject({ message: 'sync' });
  });

  test('is thrown as the object that the work was given', async () => {
    let mine: Timeout | undefined;
    const error = await rejection(
      withTimeoutAsync(5, ({ timeout }) => {
        mine = timeout;
        return sleepAsync(60_000);
      }),
    );
    expect(error).toBe(mine);
    expect(mine?.owns(error)).toBe(true);
  });

  test('ends work that does not listen', async () => {
    expect(await rejection(withTimeoutAsync(5, () => new Promise(() => {})))).toBeInstanceOf(
      Timeout,
    );
  });

  test('tells work that listens', async () => {
    let reason: unknown;
    await rejection(
      withTimeoutAsync(5, ({ signal }) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
        });
        return sleepAsync(60_000);
      }),
    );
    expect(reason).toBeInstanceOf(Timeout);
  });

  test('the inner one leaves the outer one running', async () => {
    const result = await withTimeoutAsync(60_000, async ({ timeout: outer, signal }) => {
      let inner: Timeout | undefined;
      const error = await rejection(
        withTimeoutAsync(5, ({ timeout }) => {
          inner = timeout;
          return sleepAsync(60_000);
        }),
      );
      await sleepAsync(1);
      return [inner?.owns(error), outer.owns(error), signal.aborted];
    });
    expect(result).toEqual([true, false, false]);
  });

  test('the outer one passes through the inner, silent or not', async () => {
    let outer: Timeout | undefined;
    const error = await rejection(
      withTimeoutAsync(5, async ({ timeout }) => {
        outer = timeout;
        await withTimeoutAsync(60_000, () => sleepAsync(60_000), { silent: true });
      }),
    );
    expect(outer?.owns(error)).toBe(true);
  });

  test('is thrown once: what a finally waits for goes through, under limits of its own', async () => {
    const cleaned: unknown[] = [];
    const { promise: done, resolve } = deferred<void>();
    const outer = withTimeoutAsync(5, async () => {
      try {
        await sleepAsync(60_000);
      } finally {
        await sleepAsync(1);
        cleaned.push(await rejection(withTimeoutAsync(5, () => sleepAsync(60_000))));
        cleaned.push(await withTimeoutAsync(60_000, () => sleepAsync(1)));
        resolve();
      }
    });
    const error = await rejection(outer);
    await done;
    expect(cleaned).toEqual([expect.any(Timeout), undefined]);
    expect(cleaned[0]).not.toBe(error);
  });

  test('an outer one that is over does not end what a finally of the inner waits for', async () => {
    const { promise: cleaned, resolve } = deferred<string>();
    const error = await rejection(
      withTimeoutAsync(5, () =>
        withTimeoutAsync(60_000, async () => {
          try {
            await sleepAsync(60_000);
          } finally {
            await sleepAsync(1);
            resolve('cleaned');
          }
        }),
      ),
    );
    expect(error).toMatchObject({ ms: 5 });
    expect(await cleaned).toBe('cleaned');
  });

  test('that found its work waiting elsewhere is thrown in the next face, once', async () => {
    const elsewhere = deferred<void>();
    const over = deferred<unknown[]>();
    const error = await rejection(
      withTimeoutAsync(5, async () => {
        await elsewhere.promise;
        const first = await rejection(sleepAsync(1));
        over.resolve([first, await sleepAsync(1)]);
      }),
    );
    elsewhere.resolve();
    expect(await over.promise).toEqual([error, undefined]);
  });

  test('throws a custom error as it is, and swallows its own when silent', async () => {
    const custom = new RangeError('too slow');
    expect(await rejection(withTimeoutAsync(5, () => sleepAsync(60_000), { error: custom }))).toBe(
      custom,
    );
    expect(await withTimeoutAsync(5, () => sleepAsync(60_000), { silent: true })).toBeUndefined();
    const other = new TypeError('mine');
    expect(
      await rejection(withTimeoutAsync(60_000, () => Promise.reject(other), { silent: true })),
    ).toBe(other);
  });

  test('covers what a green thread is waited for with, and leaves that thread alone', async () => {
    const thread = jobs['sleeps']!(100);
    expect(await rejection(withTimeoutAsync(5, () => thread.getAsync()))).toBeInstanceOf(Timeout);
    expect(await thread).toBe('slept well');
  });

  test.each([
    ['ends a wait', 'limitsCoroutine', [true, 'cleaned']],
    ['leaves the outer one running', 'innerFirstAsync', [true, false, 'slept']],
    ['ends a call at the hub', 'limitsCallAsync', [true, 'slept']],
  ])('in a Worker it %s', async (_what, job, result) => {
    expect(await jobs[job]!()).toEqual(result);
  });

  test('takes no nonsense', async () => {
    for (const bad of [-1, NaN, '5' as unknown as number]) {
      expect(await rejection(withTimeoutAsync(bad, () => 1))).toMatchObject({
        code: 'ERR_COPPICE_INVALID_ARGUMENT',
      });
    }
  });

  test('types', () => {
    expectTypeOf(withTimeoutAsync(1, async () => 7)).toEqualTypeOf<Promise<number | undefined>>();
    expectTypeOf(withTimeout(1, () => 'x')).toEqualTypeOf<string | undefined>();
  });
});

describe('a Timeout in a coroutine that runs as a green thread', () => {
  test.each(['sleep', 'hang'])('ends its %s', async (kind) => {
    expect(await jobs['expiresInCoroutine']!(kind)).toEqual([true, true, 'slept']);
  });

  test('ends every wait under way, and is thrown in no other', async () => {
    expect(await jobs['expiresInSeveral']!()).toEqual([true, true, 'slept']);
  });

  test('made while others wait already', async () => {
    expect(await jobs['madeLate']!()).toBe(true);
  });

  test('stays for the next yield point when nothing of ours is waited for', async () => {
    expect(await jobs['waitsElsewhere']!()).toEqual([true, 'slept']);
  });

  test('does nothing once it is closed, or its run is over', async () => {
    expect(await jobs['closedInCoroutine']!()).toBe('nothing fired');
    await jobs['leavesOpen']!();
    expect(await jobs['sleepsInCoroutine']!(60)).toBe('slept well');
  });
});

describe('a bare Timeout on the main thread', () => {
  test('in an async function: what is awaited under it fails and says what to use', async () => {
    const limited = async (): Promise<void> => {
      const timeout = new Timeout(60_000);
      try {
        await sleepAsync(60_000);
      } finally {
        timeout.close();
      }
    };
    const error = await rejection(limited());
    expect(error).toMatchObject({ code: 'ERR_COPPICE_TIMEOUT_IN_COROUTINE' });
    expect(String(error)).toContain('withTimeoutAsync(60000');
  });

  test('in plain code: coroutines that it starts are none of its affair', async () => {
    const started = withTimeout(60_000, () => ({ wait: sleepAsync(5) }));
    expect(await started?.wait).toBeUndefined();
    const beside = sleepAsync(5);
    const timeout = new Timeout(60_000);
    await Promise.resolve();
    timeout.close();
    expect(await beside).toBeUndefined();
  });
});
