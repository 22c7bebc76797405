/**
 * `coppice run --fibers`: the program in a process of its own, in which everything is compiled as it is loaded.
 *
 * It is the process of the user's program in every respect: its input and output, its signals, its exit code.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { INFO_VARIABLE } from './info.ts';

export async function runCompiled(
  script: string,
  args: string[],
  infoOn: string | undefined,
): Promise<void> {
  const register = new URL('./register.js', import.meta.url).href;
  const env = infoOn === undefined ? process.env : { ...process.env, [INFO_VARIABLE]: infoOn };
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
