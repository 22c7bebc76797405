/**
 * `coppice run --fibers`: the program in a process of its own, in which everything is compiled as it is loaded.
 *
 * It is the process of the user's program in every respect: its input and output, its signals, its exit code.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { basename } from 'node:path';
import {
  OPTIONS_VARIABLE,
  readLoadOptions,
  withLists,
  type LoadOptions,
} from '../fiber/load/options.ts';
import {
  exitCodes,
  GRACE,
  OUT_OF_TIME,
  RUN_VARIABLE,
  SAME_SIGNAL,
  SIGNALS_FD,
  type EndingSignal,
  type RunSettings,
} from './ending.ts';

/** What flags say beyond the environment. */
export interface CompiledRun extends Pick<LoadOptions, 'include' | 'exclude' | 'seed'> {
  infoOn?: string | undefined;
  timeout?: number | undefined;
}

/** A program that computes without end hears of nothing: so much later than its grace it is ended from here. */
const PATIENCE = 500;

export async function runCompiled(
  script: string,
  args: string[],
  flags: CompiledRun,
): Promise<void> {
  const register = new URL('./register.js', import.meta.url).href;
  const { seed } = flags;
  const options = { ...withLists(readLoadOptions(), flags), ...(seed !== undefined && { seed }) };
  const { infoOn, timeout } = flags;
  const settings: RunSettings = { script: basename(script), infoOn, timeout };
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    [OPTIONS_VARIABLE]: JSON.stringify(options),
    [RUN_VARIABLE]: JSON.stringify(settings),
  };
  const stdio: StdioOptions = ['inherit', 'inherit', 'inherit'];
  stdio[SIGNALS_FD] = 'pipe';
  const child = spawn(
    process.execPath,
    [...process.execArgv, '--import', register, script, ...args],
    { stdio, env },
  );
  let killed: number | undefined;
  const kill = (code: number): void => {
    killed = code;
    child.kill('SIGKILL');
  };
  handOnSignals(child, kill);
  const limit =
    timeout === undefined
      ? undefined
      : setTimeout(() => kill(OUT_OF_TIME), timeout + GRACE + PATIENCE);
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      resolve(killed ?? code ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
  });
  clearTimeout(limit);
}

/**
 * A terminal sends its signals to both processes; one that is sent to this one alone is handed on. The program ends in
 * order by the first (ending.ts). If its loop does not turn it cannot, so this process sees to that: by the second signal,
 * or when the first one's grace is over.
 */
function handOnSignals(child: ChildProcess, kill: (code: number) => void): void {
  const own = new Set<string>();
  const heard = child.stdio[SIGNALS_FD] as Socket;
  heard.on('data', (text) => {
    for (const signal of String(text).split('\n')) own.add(signal);
  });
  heard.on('error', () => {}).unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) {
    let first: number | undefined;
    process.on(signal, () => {
      const now = performance.now();
      first ??= now;
      const code = exitCodes[signal as EndingSignal] as number | undefined;
      const again = now - first > SAME_SIGNAL;
      const ends = code !== undefined && !own.has(signal);
      if (again && ends) kill(code);
      else {
        child.kill(signal);
        if (ends) setTimeout(() => own.has(signal) || kill(code), GRACE + PATIENCE).unref();
      }
    });
  }
}
