import { expect, test, vi } from 'vitest';
import { originOf } from '../../src/worker/origin.ts';

const time = vi.hoisted(() => ({ now: 1e6 }));
vi.mock('../../src/core/steady-time.ts', () => ({ steadyTime: () => time.now }));

test('who spawns few threads a second has the place of each, who spawns more has those of a sample', () => {
  const headOf = (url: string): string => originOf(url)().split('\n')[0] ?? '';
  let inARow = 0;
  while (headOf('file:///a.js') === '    --- spawned ---') inARow++;
  expect(inARow).toBeGreaterThan(100);
  expect(headOf('file:///a.js')).toBe('    --- spawned, likely where one before it was ---');
  expect(headOf('file:///b.js')).toBe(
    '    --- spawned, as too many were to note where each was ---',
  );
  time.now += 4;
  expect(headOf('file:///b.js')).toBe('    --- spawned ---');
  expect(headOf('file:///b.js')).toBe('    --- spawned, likely where one before it was ---');
});
