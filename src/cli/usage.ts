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
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split(/[.\n]/)[0] ?? message);
  }
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
