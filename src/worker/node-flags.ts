/**
 * The flags that this process was started with, as one text. Mostly there are none, and to find that out by a pattern
 * would cost each Worker's start more than the rest of the look: V8 compiles patterns when they are first used.
 */
export function nodeFlags(): string {
  const given = process.env['NODE_OPTIONS'] ?? '';
  return process.execArgv.length === 0 ? given : `${process.execArgv.join(' ')} ${given}`;
}
