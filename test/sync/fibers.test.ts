/** The primitives in compiled programs: fibers among themselves, killed at random, stuck. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fixture } from '../support.ts';

function run(name: string): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      '--import',
      new URL('../../dist/register.js', import.meta.url).href,
      fileURLToPath(fixture('sync/fibers.mjs')),
      name,
    ],
    { encoding: 'utf8', timeout: 150_000 },
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout;
}

test('fibers hand over in order, iterate, and hold', () => {
  expect(run('handover')).toBe('[0,1,2,3,4,"with","after"]\n');
});

test('what a call gives without waiting is its own', () => {
  expect(run('answers')).toBe(
    '-1 3,4 5,6.5 8 10 null false undefined  0 -0 NaN 11 12 141315\n16 17\n',
  );
});

test('a wait costs no promise', () => {
  expect(run('promises')).toBe('0\n');
});

test('every blocking method has its twin', () => {
  expect(run('many')).toBe('notified,read,sent,written\n1,4,9\n1,30\n1,2,300\n1,2,300\n2,3,4\n');
});

test('a thousand random kills while waiting lose no permit', () => {
  expect(run('kills')).toBe('true true\n0\n');
});

test('a deadlock of fibers is named', () => {
  const output = run('deadlock');
  expect(output.match(/^DeadlockError$/gm)).toHaveLength(3);
  expect(output).toMatch(
    /fiber#1 \(fiber\) waits for a Lock, held by fiber#2.*fibers\.mjs:\d+:\d+/,
  );
  expect(output).toMatch(/fiber#3 \(fiber\) waits for an Event to be set.*fibers\.mjs:\d+:\d+/);
});

test('a report says where each fiber waits, and the fibers see nothing of it', () => {
  const output = run('where');
  const source = readFileSync(fixture('sync/fibers.mjs'), 'utf8').split('\n');
  const lines = source.flatMap((line, index) => {
    const [, name] = /\/\/ where: (\w+)/.exec(line) ?? [];
    return name ? [[name, index + 1] as const] : [];
  });
  expect(lines.length).toBe(10);
  for (const [name, line] of lines) {
    const entry = output.slice(output.indexOf(`- ${name}#`)).split('\n- ')[0];
    expect(entry).toContain(`fibers.mjs:${line}:`);
  }
  const [count, ends] = output.trimEnd().split('\n').slice(-2);
  expect(count).toBe('0 true');
  expect(ends).toBe(
    '[true,"first",["sent"],[1,2],true,"held","second",true,"GreenThreadExit",true] finally',
  );
});
