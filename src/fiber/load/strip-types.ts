/**
 * Owns taking the types out of TypeScript as Node itself does it, where this Node can. The text keeps its length and all
 * its positions, so that no source map is needed for it.
 */
import * as nodeModule from 'node:module';

type Strip = (text: string) => string;

const WHAT_STRIPS =
  'This Node strips no types: put --import tsx in front of --import coppice/register, or take Node 22.18 or later.';

/** Node's own error says what it met, and not what to do. */
export function sayWhatStrips(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof Error && code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    const { message, stack = '' } = error;
    if (/"\.[cm]?tsx?"/.test(message)) {
      error.message = `${message}. ${WHAT_STRIPS}`;
      error.stack = stack.replace(message, () => error.message);
    }
  }
  throw error;
}

/** Is it a file of TypeScript by its name? */
export function isTypeScript(path: string): boolean {
  return /\.[cm]?tsx?$/.test(path);
}

/** The text without its types; `null` where that cannot be done, and Node, or a hook of somebody's, has to. */
export function stripTypes(text: string): string | null {
  const strip = (nodeModule as { stripTypeScriptTypes?: Strip }).stripTypeScriptTypes;
  if (!strip) return null;
  const { emitWarning } = process;
  // That this function is experimental is told to whoever calls it, and here nobody of the user's does.
  process.emitWarning = () => {};
  try {
    return strip(text);
  } catch {
    return null;
  } finally {
    process.emitWarning = emitWarning;
  }
}
