/**
 * Owns what a user can say about the compiling of a program: `COPPICE_FIBERS`, a JSON object in the environment, which is
 * also how `coppice run --fibers` hands its flags on. A mistake in it ends the program before it begins: what was meant
 * to be left alone must not be compiled, and the other way round, without a word.
 */
import { CoppiceError } from '../../core/errors.ts';
import { OPTIONS_VARIABLE } from './options-variable.ts';

export { OPTIONS_VARIABLE };

const WORLDS = ['closed', 'all', 'open'] as const;

export interface LoadOptions {
  /** Package names, or folders and files of a path, that are compiled although they would not be. */
  include: string[];
  /** The same, to be left alone. */
  exclude: string[];
  /**
   * `closed`: analyse what is loaded together. `all`: as if each of its functions blocked. `open`: anything may block,
   * every property too.
   */
  world: (typeof WORLDS)[number];
  cache: boolean;
  /** Shuffles who runs next (see scheduler.ts). */
  seed?: number;
}

const isList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');

/** What each option takes, in words and as a check. */
const OPTIONS: Record<keyof LoadOptions, [takes: string, isRight: (value: unknown) => boolean]> = {
  include: ['a list of names', isList],
  exclude: ['a list of names', isList],
  world: ['"closed", "all" or "open"', (value) => WORLDS.includes(value as 'closed')],
  cache: ['true or false', (value) => typeof value === 'boolean'],
  seed: ['a whole number', (value) => Number.isInteger(value)],
};

function wrong(what: string): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_INVALID_ARGUMENT',
    `${OPTIONS_VARIABLE} ${what}. It takes a JSON object such as {"include":["lodash"],"world":"closed"}.`,
  );
}

function parse(text: string): Partial<LoadOptions> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw wrong(`is no JSON: ${text}`);
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw wrong(`is no object: ${text}`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(OPTIONS, name)) throw wrong(`knows no option "${name}"`);
    const [takes, isRight] = OPTIONS[name as keyof LoadOptions];
    if (!isRight(value)) throw wrong(`"${name}" takes ${takes}, not ${JSON.stringify(value)}`);
  }
  return given;
}

/** @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`. */
export function readLoadOptions(text = process.env[OPTIONS_VARIABLE]): LoadOptions {
  const given = text === undefined || text === '' ? {} : parse(text);
  return { include: [], exclude: [], world: 'closed', cache: true, ...given };
}

/** With more names in the lists. */
export function withLists(
  options: LoadOptions,
  { include, exclude }: Pick<LoadOptions, 'include' | 'exclude'>,
): LoadOptions {
  return {
    ...options,
    include: [...options.include, ...include],
    exclude: [...options.exclude, ...exclude],
  };
}
