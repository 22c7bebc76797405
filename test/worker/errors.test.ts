/**
 * Errors across the boundary, in both directions: class, code, cause, own properties and both stacks survive.
 */
import { wrap, type CoppiceError } from 'coppice';
import { describe, expect, test } from 'vitest';
import { throwers } from '../fixtures/calls.mjs';
import { fixture, rejection } from '../support.ts';

const jobs = wrap(fixture('jobs.mjs'));
type AnyError = Error & Record<string, unknown>;

const directions = {
  'thrown in the thread': (kind: string) => rejection(jobs['throwIt']!(kind)),
  'thrown at the hub, through the thread': (kind: string) => rejection(jobs['failInCall']!(kind)),
};

for (const [direction, get] of Object.entries(directions)) {
  describe(`an error ${direction}`, () => {
    test.each([
      ['plain', Error],
      ['type', TypeError],
      ['range', RangeError],
      ['syntax', SyntaxError],
      ['reference', ReferenceError],
      ['uri', URIError],
      ['eval', EvalError],
    ])('%s keeps class, name and message', async (kind, type) => {
      const error = (await get(kind)) as AnyError;
      expect(Object.getPrototypeOf(error)).toBe(type.prototype);
      expect([error.name, error.message]).toEqual([type.name, kind]);
      expect(Object.keys(error)).toEqual([]);
    });

    test('a subclass arrives as its built-in base, with its name and own properties', async () => {
      const error = (await get('own')) as AnyError;
      expect(error).toBeInstanceOf(RangeError);
      expect([error.name, error['code']]).toEqual(['OwnError', 'E_OWN']);
      expect(error['detail']).toEqual({ list: [1, 2n, new Date(0)] });
    });

    test('causes, as deep as they go', async () => {
      const error = (await get('cause')) as AnyError;
      const inner = error.cause as AnyError;
      expect(inner).toBeInstanceOf(TypeError);
      expect(inner.cause).toMatchObject({ message: 'root', errno: -2 });
      expect(Object.keys(error)).toEqual([]);
    });

    test('the errors of an AggregateError', async () => {
      const error = (await get('aggregate')) as AggregateError;
      expect(error).toBeInstanceOf(AggregateError);
      expect(error.errors[0]).toBeInstanceOf(TypeError);
      expect(error.errors[1]).toMatchObject({ message: 'second', n: 2 });
    });

    test('a DOMException', async () => {
      const error = (await get('dom')) as DOMException;
      expect(error).toBeInstanceOf(DOMException);
      expect([error.name, error.message, error.code]).toEqual(['AbortError', 'stop it', 20]);
    });

    test('a system error', async () => {
      expect(await get('system')).toMatchObject({ code: 'ENOENT', errno: -2, path: '/x' });
    });

    test('what cannot cross is left out or described, and the rest arrives', async () => {
      const error = (await get('uncloneableProp')) as AnyError;
      expect(error['ok']).toBe(1);
      expect(error['fn']).toBeUndefined();
      expect(error['sym']).toBe('Symbol(s)');
      expect((await get('getter')) as AnyError).toMatchObject({ message: 'getter' });
    });

    test('a cause that is the error itself is that error again', async () => {
      const error = (await get('cyclic')) as AnyError;
      expect(error.message).toBe('cyclic');
      expect(error.cause).toBe(error);
    });

    test('a circle through properties is one again', async () => {
      const error = (await get('circle')) as AnyError & { parts: [{ of: unknown }] };
      expect(error.parts[0].of).toBe(error);
    });

    test('errors in properties arrive as whole as the error itself', async () => {
      const error = (await get('within')) as AnyError & {
        errors: { name: AnyError };
        failures: [{ id: number; reason: AnyError }];
      };
      const inner = [error['original'], error.errors.name, error.failures[0].reason] as AnyError[];
      expect(inner.map(({ message }) => message)).toEqual(['inner', 'required', 'failed']);
      for (const each of inner) {
        expect(each).toBeInstanceOf(RangeError);
        expect([each.name, each['code']]).toEqual(['OwnError', 'E_OWN']);
      }
      expect(Object.keys(error)).toEqual(['original', 'errors', 'failures']);
    });

    test('what is no error arrives as it is', async () => {
      expect(await get('string')).toBe('a string');
      expect(await get('undefined')).toBeUndefined();
      expect(await get('null')).toBeNull();
      expect(await get('object')).toEqual({ status: 404, nested: [1] });
      // Without what cannot be sent, or with its description.
      expect(await get('refused')).toEqual({
        status: 404,
        headers: {},
        seen: '[WeakSet]',
        by: ['Symbol(s)'],
      });
      expect(await get('symbol')).toBe('Symbol(thrown)');
      expect(await get('function')).toContain('thrown');
    });
  });
}

describe('stacks', () => {
  test('what a thread throws shows where it was thrown and where the thread was spawned', async () => {
    const { stack } = (await rejection(jobs['throwIt']!('type'))) as Error;
    expect(stack).toMatch(/^TypeError: type\n/);
    expect(stack).toMatch(/calls\.mjs:[^]*--- spawned ---[^]*errors\.test\.ts/);
    // How coppice came to call it helps nobody.
    expect(stack).not.toContain(new URL('../../dist/', import.meta.url).pathname);
  });

  test('what the hub throws shows the implementation and the caller in the Worker', async () => {
    const caught = (await jobs['catchFromCall']!('own')) as AnyError;
    expect(caught).toMatchObject({ range: true, name: 'OwnError', code: 'E_OWN' });
    expect(caught.stack).toMatch(/throwers|calls\.mjs/);
    expect(caught.stack).toMatch(/--- called from a worker green thread ---\n\s+at .*jobs\.mjs/);
  });

  test('the stack of an error that crossed twice still shows all sides, in order', async () => {
    const { stack } = (await rejection(jobs['failInCall']!('own'))) as Error;
    expect(stack).toMatch(
      /called from a worker green thread[^]*jobs\.mjs[^]*--- spawned ---[^]*errors\.test/,
    );
  });
});

test('every kind was tried', () => {
  expect(Object.keys(throwers).length).toBe(24);
});

test('an error of ours keeps its class', async () => {
  const error = (await rejection(jobs['returnFunction']!())) as CoppiceError;
  expect(error.constructor.name).toBe('CoppiceError');
  expect(error.code).toBe('ERR_COPPICE_NOT_CLONEABLE');
});
