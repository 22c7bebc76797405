/** A comparator that may wait is asked what the built-in asks, in the same order, however it answers. */
import { expect, test } from 'vitest';
import { sortBy } from '../../src/fiber/runtime/sort.ts';
import '../set-up.ts';
import '../../src/fiber-runtime.ts';

type Compare = (a: number, b: number) => unknown;
interface Asked {
  questions: string[];
  result: number[];
}

function asking(sort: (compare: Compare) => number[], compare: () => Compare): Asked {
  const questions: string[] = [];
  const answer = compare();
  const result = sort((a, b) => {
    questions.push(`${a}?${b}`);
    return answer(a, b);
  });
  return { questions, result };
}

type Method = 'sort' | 'toSorted';

function ours(list: readonly number[], compare: Compare, method: Method): number[] {
  const { value } = sortBy([...list], compare as never, method).next();
  return value as number[];
}

/** Always the same numbers for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const comparators: Record<string, () => Compare> = {
  'in order': () => (a, b) => a - b,
  'from the greatest': () => (a, b) => b - a,
  'by a few classes': () => (a, b) => (a % 5) - (b % 5),
  'a boolean': () => (a, b) => a > b,
  'always the same': () => () => -1,
  'no number': () => (a) => (a % 2 ? Number.NaN : 'x'),
  'by chance': () => {
    const random = numbers(9);
    return () => random() - 0.5;
  },
};

/** Lists with long and short runs, up and down, and without any. */
function listOf(length: number, kind: number): number[] {
  const random = numbers(length * 7 + kind);
  const any = Array.from({ length }, () => Math.floor(random() * length * 2));
  if (kind === 0) return any;
  if (kind === 1) return any.toSorted((a, b) => a - b);
  if (kind === 2) return any.toSorted((a, b) => b - a);
  // Sorted halves, one of which is far ahead in places: these gallop.
  if (kind === 3) return any.map((_, index) => (index < length / 2 ? index * 3 : index));
  if (kind === 4) return any.map((_, index) => (index < length / 3 ? index + length : index));
  return any.map((value, index) => (index % 40 < 30 ? index * 2 : value));
}

const lengths = [0, 1, 2, 3, 7, 8, 9, 31, 32, 33, 63, 64, 65, 100, 129, 300, 500, 1000];

for (const [name, compare] of Object.entries(comparators)) {
  test.each<Method>(['sort', 'toSorted'])(`${name}: the questions and result of %s`, (method) => {
    for (const length of lengths) {
      for (let kind = 0; kind < 6; kind++) {
        const list = listOf(length, kind);
        const native = asking((by) => [...list][method](by as never), compare);
        const own = asking((by) => ours(list, by, method), compare);
        expect(own, `${length} of kind ${kind}`).toEqual(native);
      }
    }
  });
}

test('an answer that is no number is refused as the built-in refuses it', () => {
  const compare = (() => 1n) as never;
  const message = /Cannot convert a BigInt value to a number/;
  expect(() => [2, 1].sort(compare)).toThrow(message);
  expect(() => ours([2, 1], compare, 'sort')).toThrow(message);
});
