/**
 * `coppice run`, as a user meets it.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BIN, coppice, node, script } from './command.ts';

describe('coppice run', () => {
  test('runs copies of an unmodified script at once', async () => {
    const { code, stdout, stderr } = await coppice(['run', script('hello.js'), '--copies', '10']);
    expect(stderr).toBe('');
    expect(stdout).toBe('Hello\n'.repeat(10) + 'World!\n'.repeat(10));
    expect(code).toBe(0);
  });

  test('runs different scripts, CommonJS as the main module, with arguments', async () => {
    const args = ['run', script('arguments.cjs'), script('hello.js'), '--', 'a', '--b'];
    const { code, stdout } = await coppice(args);
    expect(stdout).toContain('a --b\n');
    expect(stdout).toContain('World!\n');
    expect(code).toBe(0);
  });

  test('makes one copy wait for the other with --max-workers 1', async () => {
    const { stdout } = await coppice([
      'run',
      script('hello.js'),
      '--copies',
      '2',
      '--max-workers',
      '1',
    ]);
    expect(stdout).toBe('Hello\nWorld!\n'.repeat(2));
  });

  test('serves scripts that lie outside of any package', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coppice-'));
    try {
      for (const name of ['hello.js', 'arguments.cjs']) await cp(script(name), join(folder, name));
      const { code, stdout, stderr } = await coppice(
        ['run', 'hello.js', 'arguments.cjs', '--', 'x'],
        { cwd: folder },
      );
      expect(stderr).toBe('');
      expect(stdout.split('\n').toSorted()).toEqual(['', 'Hello', 'World!', 'x']);
      expect(code).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('gives the exit code of a script, and lets the others finish', async () => {
    const { code, stdout } = await coppice(['run', script('exit.js'), script('hello.js')]);
    expect(stdout).toBe('Hello\nWorld!\n');
    expect(code).toBe(7);
  });

  test('reports what a script throws, once, with the frames of the user only', async () => {
    const { code, stderr } = await coppice(['run', script('throws.js')]);
    expect(code).toBe(1);
    expect(stderr).toContain('throws.js#1: TypeError: boo');
    expect(stderr).toContain("code: 'E_BOO'");
    expect(stderr).not.toContain('node:internal');
    expect(stderr.match(/boo/g)).toHaveLength(1);
  });

  test('reports what is thrown and is no error', async () => {
    const { code, stderr } = await coppice(['run', script('throws-null.js')]);
    expect([code, stderr]).toEqual([1, 'coppice: throws-null.js#1: null\n']);
  });

  test('reports a top-level await that nothing can end', async () => {
    const { code, stderr } = await coppice(['run', script('awaits-nothing.js')]);
    expect(stderr).toContain('its top-level await waits for what can never come');
    expect(code).toBe(13);
  });

  test('reports a script that has to be terminated after the time limit', async () => {
    const args = ['run', script('computes.js'), '--timeout', '3000'];
    const { code, stderr } = await coppice(args);
    expect(stderr).toMatch(/^coppice: computes\.js#1: Timed out after 3000 ms.* was terminated/);
    expect(code).toBe(124);
  });

  test('ends all after the time limit, with their finally blocks', async () => {
    const { code, stdout, stderr } = await coppice([
      'run',
      script('patient.js'),
      '--timeout',
      '3000',
    ]);
    expect(stdout).toBe('waiting\ncleaning\ncleaned\n');
    expect(stderr).toContain('Timed out after 3000 ms');
    expect(code).toBe(124);
  });

  for (const [signal, expected] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    test(`ends on ${signal} with ${expected}, after the finally blocks`, async () => {
      let sent = false;
      const { code, stdout, stderr } = await coppice(
        ['run', script('patient.js'), '--copies', '2'],
        {
          onOutput: (printed, child) => {
            if (sent || printed !== 'waiting\nwaiting\n') return;
            sent = true;
            child.kill(signal);
          },
        },
      );
      expect(stderr).toBe('');
      expect(stdout.match(/cleaned/g)).toHaveLength(2);
      expect(code).toBe(expected);
    });
  }

  test('ends a script that only waits in its loop at once', async () => {
    const { code, stdout, stderr } = await coppice(['run', script('serves.js')], {
      onOutput: (printed, child) => {
        if (printed === 'listening\n') child.kill('SIGINT');
      },
    });
    // Had it been terminated, its listeners had not run, and it had been told.
    expect([code, stdout, stderr]).toEqual([130, 'listening\nleft\n', '']);
  });

  test('runs TypeScript where the process was started with tsx', async () => {
    const { stdout, stderr } = await node(['--import', 'tsx', BIN, 'run', script('typed.ts')]);
    expect([stdout, stderr]).toEqual(['red\n', '']);
  });

  test('reads the lines of a pipe, and null at their end', async () => {
    const args = ['run', script('ask.js'), '--copies', '3'];
    const { stdout } = await coppice(args, { input: 'Ada\nGrace' });
    expect(stdout.match(/got (".*?"|null)/g)?.toSorted()).toEqual([
      'got "Ada"',
      'got "Grace"',
      'got null',
    ]);
  });

  test('says that a copy has no input stream of its own; the file it has', async () => {
    const of = (...args: string[]) =>
      coppice(['run', script('reads-stdin.js'), '--', ...args], { input: 'one\ntwo' });
    const [stream, file] = await Promise.all([of(), of('file')]);
    expect([stream.code, stream.stdout]).toEqual([0, 'stream ""\n']);
    expect(stream.stderr).toContain('readLine()');
    expect(file).toEqual({ code: 0, stdout: 'all "one\\ntwo"\n', stderr: '' });
  });
});

describe('coppice', () => {
  test.each([
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['--help'], /^Usage: coppice <command>/],
    [['run', '--help'], /^Usage: coppice run <script/],
  ])('answers %j', async (args, expected) => {
    const { code, stdout, stderr } = await coppice(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(expected);
  });

  test.each([
    [
      ['run', '--frobnicate', 'x.js'],
      "Unknown option '--frobnicate'; what is meant for the scripts follows after --",
    ],
    [
      ['run', script('hello.js'), 'argument'],
      'cannot find the script "argument"; what is meant for the scripts follows after --',
    ],
    [
      ['run', '--copies', '-1', script('hello.js')],
      '--copies is followed by what looks like another option; write --copies=<value>',
    ],
    [
      [script('hello.js')],
      `unknown command "${script('hello.js')}"; to run a script: coppice run ${script('hello.js')}`,
    ],
    [['run', 'missing.js'], 'cannot find the script "missing.js"'],
    [['run', '.'], '"." is not a file'],
    [['run'], 'run needs at least one script'],
    [
      ['run', script('hello.js'), '--copies', 'many'],
      '--copies takes a whole number, 1 or more, not "many"',
    ],
    [['frobnicate'], 'unknown command "frobnicate"'],
  ])('tells the mistake in %j in one line', async (args, expected) => {
    const { code, stderr } = await coppice(args);
    expect(stderr).toBe(`coppice: ${expected}. Try "coppice --help".\n`);
    expect(code).toBe(2);
  });

  test('tells an import of what is not exported in one line, with its place', async () => {
    const { code, stderr } = await coppice(['run', script('imports-nothing.js')]);
    expect(stderr).toMatch(
      /^coppice: imports-nothing\.js#1: \/.*imports-nothing\.js:1: SyntaxError: .*'coppice'.*'nothing'\n$/,
    );
    expect(code).toBe(1);
  });

  test.each(['syntax.js', 'imports-syntax.js'])(
    'tells the syntax error of %s in one line, with its place',
    async (name) => {
      const { code, stderr } = await coppice(['run', script(name)]);
      const [thread, place, ...rest] = stderr.split(': ').slice(1);
      expect(thread).toBe(`${name}#1`);
      expect(place).toMatch(/^\/.*\/scripts\/syntax\.js:2$/);
      expect(rest).toEqual(['SyntaxError', "Unexpected token ';'\n"]);
      expect(code).toBe(1);
    },
  );
});

describe('coppice run --fibers', () => {
  test('its flags reach the program', async () => {
    const order = script('../fibers/order.mjs');
    const runs = await Promise.all(
      ['7', '7', '8'].map((seed) => coppice(['run', '--fibers', order, '--seed', seed])),
    );
    const [first, same, other] = runs.map(({ stdout }) => stdout.trimEnd());
    expect(first).toHaveLength(16);
    expect(first).not.toBe('abcdefghabcdefgh');
    expect(same).toBe(first);
    expect(other).not.toBe(first);
    // Left alone, it is plain code of the main thread.
    const alone = await coppice([
      'run',
      '--fibers',
      order,
      '--exclude',
      'x',
      '--exclude',
      'order.mjs',
    ]);
    expect(alone.stderr).toContain('ERR_COPPICE_WOULD_BLOCK_MAIN');
    const plain = await coppice(['run', order, '--exclude', 'order.mjs']);
    expect(plain).toMatchObject({ code: 2 });
    expect(plain.stderr).toContain('--include, --exclude and --seed need --fibers');
  });

  test('compiles the program, and gives its exit code', async () => {
    const { code, stdout } = await coppice(['run', '--fibers', script('fibers.js'), '--', 'a']);
    expect(stdout).toBe('1000 fibers took no time, a\n');
    expect(code).toBe(3);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('runs the finally blocks of all that waits on %s', async (signal, expected) => {
    let sent = false;
    const { code, stdout, stderr } = await coppice(
      ['run', '--fibers', script('../fibers/ends.mjs')],
      {
        onOutput: (printed, child) => {
          if (printed !== 'up\n' || sent) return;
          sent = true;
          child.kill(signal);
        },
      },
    );
    expect(stdout.trimEnd().split('\n').toSorted()).toEqual([
      'fiber left',
      'fiber left, later',
      'program left',
      'program left, later',
      'up',
    ]);
    expect([code, stderr]).toEqual([expected, '']);
  });

  test('ends at once by a second signal, also while it computes', async () => {
    let sent = 0;
    const { code, stdout } = await coppice(
      ['run', '--fibers', script('../fibers/ends.mjs'), '--', 'compute'],
      {
        onOutput: (printed, child) => {
          if (printed !== 'computing\n') return;
          // The second one counts some time after the first.
          const timer = setInterval(() => {
            if (child.exitCode === null && sent++ < 100) child.kill('SIGINT');
            else clearInterval(timer);
          }, 150);
        },
      },
    );
    expect([code, stdout]).toEqual([130, 'computing\n']);
  });

  test('ends after the grace by one signal, if it computes and hears of none', async () => {
    let sent = false;
    const { code, stdout } = await coppice(
      ['run', '--fibers', script('../fibers/ends.mjs'), '--', 'compute'],
      {
        onOutput: (_printed, child) => {
          if (!sent) child.kill('SIGTERM');
          sent = true;
        },
      },
    );
    expect([code, stdout]).toEqual([143, 'computing\n']);
  });

  test('leaves a signal to the program that listens for it', async () => {
    let sent = 0;
    const { code, stdout } = await coppice(
      ['run', '--fibers', script('../fibers/ends.mjs'), '--', 'own'],
      {
        onOutput: (printed, child) => {
          if (printed.trimEnd().split('\n').length > sent && sent < 3) {
            sent++;
            setTimeout(() => child.kill('SIGINT'), 150);
          }
        },
      },
    );
    expect([code, stdout]).toEqual([0, 'up\nown 1\nown 2\nown 3\n']);
  });

  test('ends in order when its time is up', async () => {
    const { code, stdout, stderr } = await coppice([
      'run',
      '--fibers',
      script('../fibers/ends.mjs'),
      '--timeout',
      '2000',
    ]);
    expect(stdout).toContain('program left, later\n');
    expect(stderr).toMatch(/^coppice: ends\.mjs: Timed out after 2000 ms/);
    expect(code).toBe(124);
  });

  test('takes one script only', async () => {
    const { code, stderr } = await coppice([
      'run',
      '--fibers',
      script('fibers.js'),
      '--copies',
      '2',
    ]);
    expect(stderr).toContain('--fibers takes one script');
    expect(code).toBe(2);
  });
});

describe('coppice explain', () => {
  test('marks the yield points', async () => {
    const { code, stdout } = await coppice(['explain', script('fibers.js')]);
    expect(stdout).toContain('^^^^^^^^^ may yield: sleep');
    expect(code).toBe(0);
  });
});
