/**
 * `readLine` at a real terminal: a pseudo-terminal, on whose other side the test types.
 */
import { spawn } from '@lydell/node-pty';
import { describe, expect, test } from 'vitest';
import { BIN, script } from './command.ts';

interface Terminal {
  /** What was printed so far, without escape sequences. */
  readonly screen: () => string;
  /** Waits until the text has been printed after what was seen before. */
  readonly until: (text: string) => Promise<void>;
  readonly type: (keys: string) => void;
  readonly exit: Promise<number>;
}

function terminal(args: string[]): Terminal {
  const pty = spawn(process.execPath, args, { cols: 60, rows: 20 });
  let raw = '';
  let seen = 0;
  const watchers = new Set<() => void>();
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is taken out
  const screen = (): string => raw.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
  pty.onData((chunk) => {
    raw += chunk;
    for (const watcher of watchers) watcher();
  });
  const exit = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode }) => resolve(exitCode));
  });
  const until = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const watch = (): void => {
        const at = screen().indexOf(text, seen);
        if (at === -1) return;
        seen = at + text.length;
        watchers.delete(watch);
        resolve();
      };
      watchers.add(watch);
      watch();
      void exit.then(() =>
        reject(new Error(`ended without printing ${JSON.stringify(text)}:\n${screen()}`)),
      );
    });
  return { screen, until, type: (keys) => pty.write(keys), exit };
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

describe('a terminal', () => {
  test('lets a line be edited while others print above it', async () => {
    const { until, type, exit } = terminal([script('ask-while-ticking.js')]);
    await until('first? ');
    type('helo\u007flo');
    await until('tick');
    // The clock has printed above, and what was typed stands below again.
    await until('first? hello');
    type('\r');
    await until('second? ');
    type('world\r');
    await until('answer ["hello","world"]');
    expect(await exit).toBe(0);
  });

  test('keeps all lines that come at once, and what follows them', async () => {
    const { until, type, exit } = terminal([BIN, 'run', script('ask-thrice.js')]);
    await until('first? ');
    type('one\rtwo\rthr');
    await until('two');
    type('ee\r');
    await until('got ["one","two","three"]');
    expect(await exit).toBe(0);
  });

  test('leaves a question standing that was printed and not given as a prompt', async () => {
    const { until, type, exit, screen } = terminal([BIN, 'run', script('prints-its-question.js')]);
    await until('name: ');
    type('Ax\u007fda\r');
    await until('hello Ada');
    // Drawn anew after a key was taken back.
    expect(screen()).toMatch(/name: A.*name: Ada/s);
    expect(await exit).toBe(0);
  });

  test('ends the input with Ctrl-D', async () => {
    const { until, type, exit } = terminal([script('ask-while-ticking.js')]);
    await until('first? ');
    type(CTRL_D);
    await until('answer [null,null]');
    expect(await exit).toBe(0);
  });

  test('interrupts with Ctrl-C as a shell does', async () => {
    const { until, type, exit } = terminal([BIN, 'run', script('ask.js')]);
    await until('Your name? ');
    type(`Ad${CTRL_C}`);
    expect(await exit).toBe(130);
  });

  test('asks one after the other', async () => {
    const { until, type, exit } = terminal([BIN, 'run', script('ask.js'), '--copies', '2']);
    await until('Your name? ');
    type('Ada\r');
    await until('got "Ada"');
    await until('Your name? ');
    type('Grace\r');
    await until('got "Grace"');
    expect(await exit).toBe(0);
  });
});
