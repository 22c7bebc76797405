/** Owns compiling one file while it is loaded: scope, world, cache, source map. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { WorldData } from '../analyze/closed-world.ts';
import type { SourceFormat } from '../compile/ast.ts';
import { openWorld, type World } from '../compile/world.ts';
import { cached, hashOf, type Codec } from './cache.ts';
import { chainMaps, inlineMap } from './chain-maps.ts';
import { compile, worldFrom } from './compiler.ts';
import { importsOf } from './crawl.ts';
import { withoutMap } from './foreign-maps.ts';
import { giveUses, inScope, mayUseUs, type PackageUses } from './scope.ts';
import { type LoadOptions } from './options.ts';
import { isTypeScript } from './strip-types.ts';
import { Trees } from './trees.ts';

/** Everything that a compiling thread has to know; it crosses to the loader's thread. */
export interface LoadPlan {
  options: LoadOptions;
  /** Lines have to stay what they are. */
  debugged: boolean;
  data: WorldData | null;
  /** The files that were analysed, with the hash of each text in which nothing can block, and null for the others. */
  files: Map<string, string | null>;
  /** ES modules that must not come to have a top-level `await`. */
  required: ReadonlySet<string>;
  /** What is known of packages. */
  uses: PackageUses;
  /** Not zero once a file of the program came up that was not analysed. In shared memory: two threads compile. */
  opened: Int32Array;
  /** Texts that are left as they are lose their maps (see foreign-maps.ts). */
  hidesMaps: boolean;
}

/** A plan for what is loaded in this heap. */
export function planOf(
  options: LoadOptions,
  {
    data,
    files,
    required,
    uses = new Map(),
  }: Pick<LoadPlan, 'data' | 'files' | 'required'> & Partial<Pick<LoadPlan, 'uses'>> = {
    data: null,
    files: new Map(),
    required: new Set(),
  },
): LoadPlan {
  return {
    options,
    data,
    files,
    required,
    uses,
    opened: new Int32Array(new SharedArrayBuffer(4)),
    debugged: false,
    hidesMaps: false,
  };
}

interface Result {
  code: string | null;
  parses: boolean;
}

const NOTHING: Result = { code: null, parses: true };
const INVALID: Result = { code: null, parses: false };

/** The text as it is, behind one character that says what it is. */
const asText: Codec<Result> = {
  encode: ({ code, parses }) => (code === null ? (parses ? '-' : '!') : `+${code}`),
  decode(text) {
    if (text.startsWith('+')) return { code: text.slice(1), parses: true };
    if (text === '-') return NOTHING;
    if (text === '!') return INVALID;
    throw new Error('no entry of the cache');
  },
};

/** What is known of a text beside its file. */
export interface About {
  /** It is TypeScript's, as `stripTypes` made it: the one that was analysed. */
  stripped?: boolean;
  /** Somebody requires it, so that it must not come to have a top-level `await`. */
  required?: boolean;
  /** If it is CommonJS it comes once more, when Node compiles it. */
  again?: boolean;
}

interface Text {
  required: boolean;
  source: string;
  hash: string;
  /** It is what was analysed, and so is all that was loaded so far. */
  known: boolean;
}

export class FileCompiler {
  readonly #plan: LoadPlan;
  /** Made when the first file is compiled. */
  #closedWorld: World | undefined;
  readonly #worldHash: string;
  readonly #runtimeUrl: string;
  readonly #trees: Trees;
  /** ES modules that somebody came to require without the plan knowing of it, and all that those import. */
  readonly #required = new Set<string>();
  /** What was compiled last: a file may come twice (see About). */
  #last: { key: string; result: Result } | null = null;

  /** @param trees of what was analysed on this thread. */
  constructor(plan: LoadPlan, runtimeUrl: string, trees = new Trees()) {
    this.#plan = plan;
    giveUses(plan.uses);
    this.#trees = trees;
    this.#worldHash = plan.data === null ? 'open' : hashOf(JSON.stringify(plan.data));
    this.#runtimeUrl = runtimeUrl;
  }

  /**
   * What is to be loaded instead of the original, or null.
   *
   * @param formats what the file may be, the first that it can be parsed as counts: text that is CommonJS and has
   *   nothing to compile must not be taken for a module.
   */
  load(
    url: string,
    source: string,
    formats: readonly SourceFormat[],
    about: About = {},
  ): string | null {
    const code = this.compile(url, source, formats, about);
    if (code !== null || !this.#plan.hidesMaps || about.again) return code;
    const text = withoutMap(source);
    return text === source ? null : text;
  }

  /** The compiled text, if there is one. */
  compile(
    url: string,
    source: string,
    formats: readonly SourceFormat[],
    { stripped = false, required = false, again = false }: About = {},
  ): string | null {
    if (!url.startsWith('file:')) return null;
    const path = fileURLToPath(url);
    if (!inScope(path, this.#plan.options)) return null;
    const isFound = this.#plan.files.has(path);
    // It may hand what blocks to files that were held to be plain: those that are yet to come are compiled for that.
    if (!isFound && formats.length > 0 && mayUseUs(path)) Atomics.store(this.#plan.opened, 0, 1);
    const isClosed = Atomics.load(this.#plan.opened, 0) === 0;
    // What others made of TypeScript (tsx, say) is not what was analysed.
    const known = isClosed && isFound && (stripped || !isTypeScript(path));
    const hash = hashOf(source);
    const isRequired = this.#isRequired({ path, source, hash }, required);
    if (known && this.#plan.files.get(path) === hash) return null;
    for (const format of formats) {
      const { code, parses } = this.#compileAs(format, path, {
        source,
        hash,
        known,
        required: isRequired,
      });
      if (parses) return again && format === 'commonjs' ? null : code;
    }
    return null;
  }

  /** Node loads what a required module imports right behind it, as it loads any import: that has to be remembered. */
  #isRequired(text: { path: string; source: string; hash: string }, here: boolean): boolean {
    if (this.#plan.required.has(text.path)) return true;
    if (!here && !this.#required.has(text.path)) return false;
    for (const path of importsOf(text, this.#plan.options, this.#trees)) this.#required.add(path);
    return true;
  }

  #world(): World {
    const { data } = this.#plan;
    return (this.#closedWorld ??= data === null ? openWorld : worldFrom(data));
  }

  #compileAs(format: SourceFormat, path: string, text: Text): Result {
    const { source, hash, known, required } = text;
    const worldHash = known ? this.#worldHash : 'open';
    const { debugged, hidesMaps } = this.#plan;
    const shape = `${debugged ? 'lines' : ''}${hidesMaps ? 'only' : ''}${required ? 'required' : ''}`;
    const key = `c-${hashOf(hash, format, worldHash, this.#runtimeUrl, path, shape)}`;
    const make = (): Result => {
      const tree = this.#trees.take(hash, format);
      const compiled = compile(source, {
        format,
        id: hash,
        runtimeUrl: this.#runtimeUrl,
        filename: pathToFileURL(path).href,
        world: known ? this.#world() : openWorld,
        once: debugged,
        waitsAtTop: !required,
        ...(tree && { tree }),
      });
      if (compiled.code === null || compiled.map === null) {
        return compiled.reason?.startsWith('does not parse') ? INVALID : NOTHING;
      }
      // Without maps, frames of what others made of a file stand in what they made; of TypeScript, nobody wants that.
      const isEnd = this.#plan.hidesMaps && !isTypeScript(path);
      const before = isEnd ? null : inlineMap(source);
      const whole = before === null ? compiled.map : chainMaps(compiled.map, before);
      const map = Buffer.from(whole).toString('base64');
      return {
        code: `${compiled.code}\n//# sourceMappingURL=data:application/json;base64,${map}`,
        parses: true,
      };
    };
    if (this.#last?.key !== key) {
      this.#last = { key, result: cached(this.#plan.options.cache, key, make, asText) };
    }
    return this.#last.result;
  }
}
