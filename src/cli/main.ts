/**
 * The command line: which command, and how its problems are told.
 *
 * Invariants: a mistake of the user costs one clear line on stderr and exit code 2; it never shows a stack.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { explainCommand } from './explain.ts';
import { run } from './run.ts';
import { UsageError } from './usage.ts';

const HELP = `Usage: coppice <command> [options]

  coppice run <script...> [options] [-- arguments]   run unmodified blocking scripts concurrently
  coppice explain <file>                             show where compiled code may yield, and where it would pin

  -h, --help       this text, or that of a command
  -v, --version    the version

Documentation: README.md of the package.
`;

const commands: Record<string, (args: string[]) => Promise<void>> = {
  run,
  explain: explainCommand,
};

export async function main(args: string[]): Promise<void> {
  endWithOutput();
  const [command, ...rest] = args;
  try {
    if (command === undefined || command === '-h' || command === '--help' || command === 'help') {
      process.stdout.write(HELP);
      return;
    }
    if (command === '-v' || command === '--version') {
      process.stdout.write(`${version()}\n`);
      return;
    }
    const action = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (!action) throw unknownCommand(command);
    await action(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`coppice: ${error.message}. Try "coppice --help".\n`);
    process.exitCode = 2;
  }
}

function unknownCommand(command: string): UsageError {
  const meant = existsSync(command) ? `; to run a script: coppice run ${command}` : '';
  return new UsageError(`unknown command "${command}"${meant}`);
}

function version(): string {
  const { version: text } = createRequire(import.meta.url)('../package.json') as {
    version: string;
  };
  return text;
}

/** `coppice run … | head` is no error of ours: like any filter, end when nobody reads any more. */
function endWithOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') process.exit(0);
      if (stream === process.stdout)
        process.stderr.write(`coppice: cannot write the output: ${message}\n`);
      process.exit(1);
    });
  }
}
