/** Limits that are not understood are refused at the call, in every way of calling: else the wait would be for ever. */
import { expect, test } from 'vitest';
import { spawn, wait, waitAsync, wrap, Event, joinAll } from 'coppice';
import { fixture, rejection, thrownBy } from '../support.ts';
// @ts-expect-error -- plain JavaScript, as Workers load it
import { CALLS } from '../fixtures/sync/wrong-limits.js';
import { drive } from './waiters.ts';

const TWIN = Symbol.for('coppice.twin');
const WRONG: [unknown][] = [[100], [{ timeout: '5' }], [{ timeout: null }], [{ signal: 5 }]];
const INVALID = 'ERR_COPPICE_INVALID_ARGUMENT';

const codeOf = (error: unknown): unknown => (error as { code?: string }).code ?? error;

type Faces = Record<string, (options: unknown) => unknown>;
const calls = Object.entries(CALLS) as [string, () => [Faces, string]][];

test.each(WRONG)('%j in place of options', async (wrong) => {
  const refused: Record<string, unknown> = {};
  for (const [name, make] of calls) {
    const [object, method] = make();
    const thrown = thrownBy(() => object[method]!(wrong));
    // oxlint-disable-next-line no-await-in-loop -- one after the other is clearer when one fails
    const rejected = await rejection(object[`${method}Async`]!(wrong) as Promise<unknown>);
    const twin = (object[method] as never)[TWIN] as (options: unknown) => Generator<any>;
    let ended: unknown;
    const calling = function* (): Generator<any> {
      return yield* twin.call(object, wrong);
    };
    drive(calling(), (value) => (ended = value));
    refused[name] = [codeOf(thrown), codeOf(rejected), ended];
  }
  expect(refused).toEqual(
    Object.fromEntries(calls.map(([name]) => [name, [INVALID, INVALID, INVALID]])),
  );
});

test('the message says how a limit is given', () => {
  expect(thrownBy(() => new Event().wait(250 as never))).toMatchObject({
    message: 'Options are given in an object, { timeout: 250 }; got 250.',
  });
});

test('in a Worker', async () => {
  const { refusals } = wrap(fixture('sync/wrong-limits.js'));
  for (const [wrong] of WRONG) {
    // oxlint-disable-next-line no-await-in-loop -- as above
    const codes = await refusals!(wrong);
    expect(codes).toEqual(calls.map(() => INVALID));
  }
});

test('the functions that wait', async () => {
  const thread = spawn(fixture('function.cjs').pathname);
  for (const [wrong] of WRONG as [never][]) {
    expect(thrownBy(() => wait([new Event()], wrong))).toMatchObject({ code: INVALID });
    expect(thrownBy(() => joinAll([thread], wrong))).toMatchObject({ code: INVALID });
    expect(thrownBy(() => thread.join(wrong))).toMatchObject({ code: INVALID });
    expect(thrownBy(() => thread.get(wrong))).toMatchObject({ code: INVALID });
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await rejection(waitAsync([new Event()], wrong))).toMatchObject({ code: INVALID });
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect(await rejection(thread.joinAsync(wrong))).toMatchObject({ code: INVALID });
  }
  await thread.joinAsync();
});

test('an argument that cannot cross is counted as the caller counts', async () => {
  const { uncloneable } = wrap(fixture('sync/wrong-limits.js'));
  expect(await uncloneable!()).toMatch(/^Argument 1 of Queue\.put\(\)/);
});
