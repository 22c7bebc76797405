/**
 * Reading options, with one clear line for each mistake.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A mistake in how the command was called. */
export class UsageError extends Error {}

/** Reads a command's own options, and what follows `--` apart. */
export function readOptions<T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
) {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  const passed = end === -1 ? [] : args.slice(end + 1);
  try {
    return { ...parseArgs({ args: own, options, allowPositionals: true, strict: true }), passed };
  } catch (error) {
    throw new UsageError(mistakeIn(error));
  }
}

/** Node's explanation goes on for several sentences, the first of which does not always say enough. */
function mistakeIn(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const first = message.split(/[.\n]/)[0] ?? message;
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
    return `${first}; what is meant for the scripts follows after --`;
  if (first.endsWith('argument is ambiguous')) {
    const name = /'(--[^']+)'/.exec(first)?.[1] ?? '';
    return `${name} is followed by what looks like another option; write ${name}=<value>`;
  }
  return first;
}

/** A whole number, `least` or more. */
export function wholeNumber(
  text: string | undefined,
  name: string,
  least: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && text.trim() !== '') return number;
  throw new UsageError(`--${name} takes a whole number, ${least} or more, not "${text}"`);
}
