/**
 * `coppice run`: unmodified scripts as green threads, side by side.
 *
 * Exit codes: 0 when all ended well; the script's own when it called `process.exit(n)`; 1 when one threw; 124 when the
 * time limit ended them; 130, 143 or 129 after Ctrl-C, SIGTERM or SIGHUP, once the `finally` blocks have run. Of several, the first
 * in the order of the command line counts.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { timeoutError } from '../core/timeout.ts';
// All of the package, so that the hub knows every blocking call that a script may make.
import {
  configure,
  ExitError,
  GreenThread,
  GreenThreadExit,
  joinAllAsync,
  killAllAsync,
  systemClock,
  Timeout,
} from '../index.ts';
import { exitCodes, GRACE, OUT_OF_TIME, type EndingSignal } from './ending.ts';
import { printInfoOn } from './info.ts';
import { runCompiled } from './run-compiled.ts';
import { syntaxErrorLine } from './syntax-error.ts';
import { readOptions, UsageError, wholeNumber } from './usage.ts';

const HELP = `Usage: coppice run <script...> [options] [-- arguments]

Runs each script as a green thread of its own: blocking calls of one let the others run.
Scripts may be ESM or CommonJS; they import or require "coppice".

  --copies <n>        run each script n times (default 1)
  --timeout <ms>      end all after so many milliseconds; exit code 124
  --max-workers <n>   at most n at once, the others wait their turn (default 200)
  --fibers            compile the program instead, so that spawn(fn) makes fibers; one script
  --include <name>    with --fibers: compile this package, folder or file too; can be repeated
  --exclude <name>    with --fibers: leave this package, folder or file alone; can be repeated
  --seed <n>          with --fibers: shuffle who runs next, the same way for the same number
  --info-on <signal>  print all green threads, with what they wait for, on this signal (SIGUSR2, say)
  -h, --help          this text
  -- arguments        what the scripts see as process.argv.slice(2)
`;

export async function run(args: string[]): Promise<void> {
  const { values, positionals, passed } = readOptions(args, {
    copies: { type: 'string' },
    timeout: { type: 'string' },
    'max-workers': { type: 'string' },
    fibers: { type: 'boolean' },
    include: { type: 'string', multiple: true, default: [] },
    exclude: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string' },
    'info-on': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const copies = wholeNumber(values.copies, 'copies', 1) ?? 1;
  const timeout = wholeNumber(values.timeout, 'timeout', 0);
  configure({ maxWorkers: wholeNumber(values['max-workers'], 'max-workers', 1) });
  if (positionals.length === 0) throw new UsageError('run needs at least one script');
  for (const [index, script] of positionals.entries()) checkScript(script, index);
  if (values.fibers) {
    if (copies > 1 || positionals.length > 1) {
      throw new UsageError('--fibers takes one script, and no --copies');
    }
    const { include, exclude, 'info-on': infoOn } = values;
    const seed = wholeNumber(values.seed, 'seed', 0);
    const flags = { include, exclude, infoOn, timeout, ...(seed !== undefined && { seed }) };
    await runCompiled(positionals[0] as string, passed, flags);
    return;
  }
  if (values.include.length + values.exclude.length > 0 || values.seed !== undefined) {
    throw new UsageError('--include, --exclude and --seed need --fibers');
  }
  if (values['info-on'] !== undefined) printInfoOn(values['info-on']);

  const scripts = positionals.flatMap((script) =>
    Array.from({ length: copies }, () => resolve(script)),
  );
  const threads = scripts.map((script) => new GreenThread(pathToFileURL(script), { argv: passed }));
  const interrupted = killOnSignals(threads);
  const limit =
    timeout === undefined
      ? undefined
      : systemClock.setTimer(() => kill(threads, timeoutError(timeout)), timeout);
  for (const [index, thread] of threads.entries()) {
    thread.link(() => report(thread, scripts[index] as string));
    thread.start();
  }
  await joinAllAsync(threads);
  limit?.cancel();
  process.exitCode =
    interrupted() ?? (threads.map(exitCodeOf).find((code) => code !== 0) || undefined);
}

function checkScript(script: string, index: number): void {
  if (!existsSync(script)) {
    const meant = index > 0 ? '; what is meant for the scripts follows after --' : '';
    throw new UsageError(`cannot find the script "${script}"${meant}`);
  }
  if (!statSync(script).isFile()) throw new UsageError(`"${script}" is not a file`);
}

function kill(threads: GreenThread[], reason?: unknown): void {
  void killAllAsync(threads, { reason, force: true, timeout: GRACE });
}

/** Lets these signals end the threads in order; gives the exit code once one came. */
function killOnSignals(threads: GreenThread[]): () => number | undefined {
  let code: number | undefined;
  for (const signal of Object.keys(exitCodes) as EndingSignal[]) {
    process.on(signal, () => {
      if (code !== undefined) process.exit(code);
      code = exitCodes[signal];
      kill(threads, signal);
    });
  }
  return () => code;
}

/** A script that had to be terminated ends with no error, but not well either. */
function terminated({ value }: GreenThread): GreenThreadExit | undefined {
  return value instanceof GreenThreadExit && !value.unwound ? value : undefined;
}

function exitCodeOf(thread: GreenThread): number {
  const error = thread.error ?? terminated(thread)?.cause;
  if (error instanceof ExitError) return error.exitCode;
  if (error instanceof Timeout) return OUT_OF_TIME;
  return thread.successful ? 0 : 1;
}

/** Says what went wrong with a script, as soon as it has. */
function report(thread: GreenThread, script: string): void {
  const end = terminated(thread);
  if (thread.successful && !end) return;
  const text = end ? describeEnd(end) : describe(thread.error, script);
  if (text !== undefined) process.stderr.write(`coppice: ${thread.name}: ${text}\n`);
}

function describeEnd({ cause }: GreenThreadExit): string {
  const why = cause instanceof Timeout ? cause.message : 'It was told to end.';
  return `${why} It did not end in the ${GRACE} ms that it then had, and was terminated; its finally blocks did not run.`;
}

function describe(error: unknown, script: string): string | undefined {
  if (error instanceof ExitError) return error.exitCode === 13 ? error.message : undefined;
  if (error instanceof Timeout) return error.message;
  return (
    syntaxErrorLine(error, script) ?? typeScriptLine(error) ?? withoutOurFrames(inspect(error))
  );
}

function typeScriptLine(error: unknown): string | undefined {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !/\.[cm]?tsx?/.test(message)) return undefined;
  return `${message}. Run TypeScript with tsx: NODE_OPTIONS='--import tsx' coppice run ...`;
}

/** The user's own frames: neither Node's loader nor ours helps to find a mistake in a script. */
function withoutOurFrames(report: string): string {
  const ours = new URL('.', import.meta.url).href;
  const kept: string[] = [];
  for (const line of report.split('\n')) {
    const foreign = /^\s+at /.test(line) && (line.includes('node:internal') || line.includes(ours));
    if (!foreign) kept.push(line);
    // The last frame carries the brace that opens the error's own properties.
    else if (line.endsWith(' {')) kept.push(`${kept.pop() ?? ''} {`);
  }
  return kept.join('\n');
}
