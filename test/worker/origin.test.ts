import { afterEach, expect, test, vi } from 'vitest';
import { originOf } from '../../src/worker/origin.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('who spawns few threads a second has the place of each, who spawns more has those of a sample', () => {
  let now = performance.now() + 1e6;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const headOf = (url: string): string => originOf(url)().split('\n')[0] ?? '';
  let inARow = 0;
  while (headOf('file:///a.js') === '    --- spawned ---') inARow++;
  expect(inARow).toBeGreaterThan(100);
  expect(headOf('file:///a.js')).toBe('    --- spawned, likely where one before it was ---');
  expect(headOf('file:///b.js')).toBe(
    '    --- spawned, as too many were to note where each was ---',
  );
  now += 4;
  expect(headOf('file:///b.js')).toBe('    --- spawned ---');
  expect(headOf('file:///b.js')).toBe('    --- spawned, likely where one before it was ---');
});
