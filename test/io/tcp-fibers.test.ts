/** TCP in compiled programs: the blocking faces in fibers, killed, out of time, under back-pressure. */
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support.ts';

const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];

describe('a fiber program', () => {
  test.each([
    ['echo', '200\nserved\n'],
    ['kills', 'true 10890\n'],
    ['pressure', 'true true\n'],
    ['killed', "[ null, null, null ] [ 'finally', 'finally', 'finally' ]\n"],
    ['acceptors', 'true\n[] ERR_COPPICE_CLOSED\n'],
  ])('%s', async (name, output) => {
    expect(await runProgram('tcp/fibers.mjs', [name], { flags })).toEqual({
      code: 0,
      stdout: output,
      stderr: '',
    });
  });

  test("an error of one handler ends that handler's connection only", async () => {
    const { code, stdout, stderr } = await runProgram('tcp/fibers.mjs', ['error'], { flags });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'null good\n' });
    expect(stderr).toMatch(/ended with an error that nobody observed:\nTypeError: as asked/);
  });
});
