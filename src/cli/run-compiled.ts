/**
 * `coppice run --fibers`: the program in a process of its own, in which everything is compiled as it is loaded.
 *
 * It is the process of the user's program in every respect: its input and output, its signals, its exit code.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import {
  OPTIONS_VARIABLE,
  readLoadOptions,
  withLists,
  type LoadOptions,
} from '../fiber/load/options.ts';
import { INFO_VARIABLE } from './info.ts';

/** What flags say beyond the environment. */
export interface CompiledRun extends Pick<LoadOptions, 'include' | 'exclude' | 'seed'> {
  infoOn?: string | undefined;
}

export async function runCompiled(
  script: string,
  args: string[],
  flags: CompiledRun,
): Promise<void> {
  const register = new URL('./register.js', import.meta.url).href;
  const { seed } = flags;
  const options = { ...withLists(readLoadOptions(), flags), ...(seed !== undefined && { seed }) };
  const env: NodeJS.ProcessEnv = { ...process.env, [OPTIONS_VARIABLE]: JSON.stringify(options) };
  if (flags.infoOn !== undefined) env[INFO_VARIABLE] = flags.infoOn;
  const child = spawn(
    process.execPath,
    [...process.execArgv, '--import', register, script, ...args],
    {
      stdio: 'inherit',
      env,
    },
  );
  // A terminal sends its signals to both; one that is sent to this process alone is handed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) =>
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)),
    );
  });
}
