/**
 * `coppice explain`: what the compiler makes of a file, on stdout.
 */
import { existsSync, statSync } from 'node:fs';
import { explain } from '../fiber/explain.ts';
import { readLoadOptions, withLists } from '../fiber/load/options.ts';
import { readOptions, UsageError } from './usage.ts';

const HELP = `Usage: coppice explain <file> [options]

Prints the source with its yield points marked: which calls may yield, which functions stay plain,
which places would pin and why.

  --include <name>    as if this package, folder or file were compiled too; can be repeated
  --exclude <name>    as if it were left alone; can be repeated
`;

export async function explainCommand(args: string[]): Promise<void> {
  const { values, positionals } = readOptions(args, {
    include: { type: 'string', multiple: true, default: [] },
    exclude: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', short: 'h' },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError('explain takes one file');
  if (!existsSync(file)) throw new UsageError(`cannot find the file "${file}"`);
  if (!statSync(file).isFile()) throw new UsageError(`"${file}" is not a file`);
  process.stdout.write(`${explain(file, withLists(readLoadOptions(), values))}\n`);
}
