/**
 * Owns putting the compiler into Node's loading. For ES modules: `module.registerHooks` where there is one (Node 22.15
 * and later), else `module.register`. For CommonJS: the function by which Node compiles it, so that Node itself finds the
 * names that an ES module can import from it in its own text.
 *
 * The hooks sit behind those of others (tsx): what comes out of `nextLoad` is JavaScript already, or TypeScript that Node
 * itself would strip later, which is done here; anything else is left alone.
 */
import Module, * as nodeModule from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SourceFormat } from '../compile/ast.ts';
import { FileCompiler, planOf, type LoadPlan } from './compile-file.ts';
import { turnOnMaps } from './foreign-maps.ts';
import { textOf, withoutText, type LoaderData } from './loader-thread.ts';
import { judgeOnce } from './remembered.ts';
import { resolve } from './resolve.ts';
import { isOurs, mayUseUs } from './scope.ts';
import type { LoadOptions } from './options.ts';
import { sayWhatStrips, stripTypes } from './strip-types.ts';
import { Trees } from './trees.ts';

/** Does a debugger watch this process, or may one, from the start? */
function isDebugged(): boolean {
  const flags = [process.env['NODE_OPTIONS'] ?? '', ...process.execArgv];
  if (flags.some((flag) => flag.includes('--inspect'))) return true;
  // Without a flag somebody must have opened it. Only to ask takes two milliseconds.
  const { moduleLoadList } = process as { moduleLoadList?: readonly string[] };
  if (moduleLoadList?.includes('NativeModule inspector') === false) return false;
  return process.getBuiltinModule('node:inspector')?.url() !== undefined;
}

function planFor(entry: string | undefined, options: LoadOptions, trees: Trees): LoadPlan {
  const debugged = isDebugged();
  if (entry === undefined) return { ...planOf(options), debugged };
  const folder = join(process.cwd(), 'program');
  const paths = [...preloaded(), resolve(entry, folder, 'require') ?? entry];
  const judged = judgeOnce(paths, options, trees);
  if (options.world !== 'open') return { ...planOf(options, judged), debugged };
  // Anything may block, but what is required must still not come to have a top-level `await`.
  const { required, uses } = judged;
  return { ...planOf(options, { data: null, files: new Map(), required, uses }), debugged };
}

/** What `--import` and `--require` load as well, as far as it is in a program's own files. */
function preloaded(): string[] {
  const words = [...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/), ...process.execArgv];
  const from = join(process.cwd(), 'program');
  return words.flatMap((word, index) => {
    const [, flag, given] = /^(--import|--require|-r)(?:=(.*))?$/.exec(word) ?? [];
    const name = given ?? words[index + 1];
    if (flag === undefined || name === undefined) return [];
    const path = resolve(name, from, flag === '--import' ? 'import' : 'require');
    return path !== null && mayUseUs(path) && !isOurs(path) ? [path] : [];
  });
}

function installCompileHook(compiler: FileCompiler): void {
  const prototype = (Module as unknown as { prototype: Record<string, unknown> }).prototype;
  const native = prototype['_compile'] as (
    content: string,
    filename: string,
    ...rest: unknown[]
  ) => unknown;
  prototype['_compile'] = function (
    this: unknown,
    content: string,
    filename: string,
    ...rest: unknown[]
  ) {
    const [format] = rest;
    const url = pathToFileURL(filename).href;
    // Without a type in its package.json it is only known to be TypeScript.
    const stripped = format === 'commonjs-typescript' || format === 'typescript';
    const text = stripped ? (stripTypes(content) ?? content) : content;
    const code = format === 'module' ? null : compiler.load(url, text, ['commonjs'], { stripped });
    if (code === null) return Reflect.apply(native, this, [content, filename, ...rest]) as unknown;
    const [, ...others] = rest;
    return Reflect.apply(native, this, [code, filename, 'commonjs', ...others]) as unknown;
  };
}

const WHY_ASYNC =
  'coppice gave it a top-level await where it may block, as it was imported before anybody required it, and by a name ' +
  "that no text shows. Name it in require('…') itself, require it first, or leave it uncompiled: --exclude <file>.";

/** Lets Node's refusal of an ES module say why, to who finds no `await` in it. */
function explainAsyncModules(): void {
  const { prototype } = Module as unknown as { prototype: Record<string, unknown> };
  const native = prototype['load'] as (filename: string) => unknown;
  prototype['load'] = function (this: unknown, filename: string) {
    try {
      return Reflect.apply(native, this, [filename]) as unknown;
    } catch (error) {
      if (
        error instanceof Error &&
        (error as NodeJS.ErrnoException).code === 'ERR_REQUIRE_ASYNC_MODULE' &&
        !error.message.endsWith(WHY_ASYNC)
      ) {
        const { message, stack = '' } = error;
        error.message = `${message}\n${WHY_ASYNC}`;
        error.stack = stack.replace(message, () => error.message);
      }
      throw error;
    }
  };
}

function loaded<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    return sayWhatStrips(error);
  }
}

/** May it be an ES module without saying so? Node looks at the text: as CommonJS first, which it may be as well. */
const isAmbiguous = (format: unknown, url: string): boolean =>
  (format === undefined || format === null) && /\.js$|\/[^./]+$/.test(url);

/** Lets everything that is loaded from now on be compiled. */
export function installLoader(
  options: LoadOptions,
  runtimeUrl: string,
  loaderThreadUrl: string,
): void {
  const trees = new Trees();
  const plan = planFor(process.argv[1], options, trees);
  plan.hidesMaps = turnOnMaps() && !plan.debugged;
  trees.dropLater();
  const compiler = new FileCompiler(plan, runtimeUrl, trees);
  installCompileHook(compiler);
  explainAsyncModules();
  if (typeof nodeModule.registerHooks !== 'function') {
    const { _extensions } = Module as unknown as { _extensions: object };
    const data: LoaderData = { plan, runtimeUrl, requiresTypes: '.ts' in _extensions };
    nodeModule.register(loaderThreadUrl, { data });
    return;
  }
  // With a text, Node 22 compiles it past the hook for CommonJS, and gives it a require that knows no hooks.
  const isOutsideCommonJs = Number.parseInt(process.versions.node, 10) < 24;
  nodeModule.registerHooks({
    load(url, context, nextLoad) {
      const result = loaded(() => nextLoad(url, context));
      const { format, source } = result;
      if (source === undefined || source === null) return result;
      const text = textOf(source);
      const required = context.conditions.includes('require');
      if (format === 'commonjs-typescript' && isOutsideCommonJs && !required)
        return withoutText(result);
      if (format === 'module-typescript') {
        const stripped = stripTypes(text);
        const about = { stripped: true, required };
        const compiled = stripped && compiler.compile(url, stripped, ['module'], about);
        return compiled ? { ...result, format: 'module', source: compiled } : result;
      }
      const ambiguous = isAmbiguous(format, url);
      if (format !== 'module' && !ambiguous) return result;
      const formats: SourceFormat[] = ambiguous ? ['commonjs', 'module'] : ['module'];
      const code = compiler.load(url, text, formats, { required, again: ambiguous });
      return code === null ? result : { ...result, source: code };
    },
  });
}
