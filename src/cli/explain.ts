/**
 * `coppice explain`: what the compiler makes of a file, on stdout.
 */
import { existsSync } from 'node:fs';
import { explain } from '../fiber/explain.ts';
import { readOptions, UsageError } from './usage.ts';

const HELP = `Usage: coppice explain <file>

Prints the source with its yield points marked: which calls may yield, which functions stay plain,
which places would pin and why.
`;

export async function explainCommand(args: string[]): Promise<void> {
  const { values, positionals } = readOptions(args, { help: { type: 'boolean', short: 'h' } });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError('explain takes one file');
  if (!existsSync(file)) throw new UsageError(`cannot find the file "${file}"`);
  process.stdout.write(`${explain(file)}\n`);
}
