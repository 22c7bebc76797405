/** Owns compiling one file while it is loaded: scope, world, cache, source map. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { worldFrom, type WorldData } from '../analyze/closed-world.ts';
import type { SourceFormat } from '../compile/ast.ts';
import { compile } from '../compile/compile.ts';
import { openWorld, type World } from '../compile/world.ts';
import { cached, hashOf } from './cache.ts';
import { chainMaps, inlineMap } from './chain-maps.ts';
import { inScope, type LoadOptions } from './scope.ts';
import { isTypeScript } from './strip-types.ts';

/** Everything that a compiling thread has to know; it crosses to the loader's thread. */
export interface LoadPlan {
  options: LoadOptions;
  data: WorldData | null;
  files: string[];
}

export class FileCompiler {
  readonly #plan: LoadPlan;
  readonly #files: Set<string>;
  readonly #world: World;
  readonly #worldHash: string;
  readonly #runtimeUrl: string;

  constructor(plan: LoadPlan, runtimeUrl: string) {
    this.#plan = plan;
    this.#files = new Set(plan.files);
    this.#world = plan.data === null ? openWorld : worldFrom(plan.data);
    this.#worldHash = plan.data === null ? 'open' : hashOf(JSON.stringify(plan.data));
    this.#runtimeUrl = runtimeUrl;
  }

  /**
   * The compiled text, or null when the original is to be loaded.
   *
   * @param formats what the file may be, the first that it can be parsed as counts: text that is CommonJS and has
   *   nothing to compile must not be taken for a module.
   * @param stripped the text is TypeScript's, as `stripTypes` made it: the one that was analysed.
   */
  compile(
    url: string,
    source: string,
    formats: readonly SourceFormat[],
    stripped = false,
  ): string | null {
    if (!url.startsWith('file:')) return null;
    const path = fileURLToPath(url);
    if (!inScope(path, this.#plan.options)) return null;
    // What others made of TypeScript (tsx, say) is not what was analysed.
    const known = this.#files.has(path) && (stripped || !isTypeScript(path));
    for (const format of formats) {
      const { code, parses } = this.#compileAs(format, path, source, known);
      if (parses) return code;
    }
    return null;
  }

  #compileAs(
    format: SourceFormat,
    path: string,
    source: string,
    known: boolean,
  ): { code: string | null; parses: boolean } {
    const worldHash = known ? this.#worldHash : 'open';
    const id = hashOf(source);
    const key = `c-${hashOf(source, format, worldHash, this.#runtimeUrl, path)}`;
    return cached(this.#plan.options.cache, key, () => {
      const compiled = compile(source, {
        format,
        id,
        runtimeUrl: this.#runtimeUrl,
        filename: pathToFileURL(path).href,
        world: known ? this.#world : openWorld,
      });
      if (compiled.code === null || compiled.map === null) {
        return { code: null, parses: !compiled.reason?.startsWith('does not parse') };
      }
      const before = inlineMap(source);
      const whole = before === null ? compiled.map : chainMaps(compiled.map, before);
      const map = Buffer.from(whole).toString('base64');
      return {
        code: `${compiled.code}\n//# sourceMappingURL=data:application/json;base64,${map}`,
        parses: true,
      };
    });
  }
}
