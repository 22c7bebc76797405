/**
 * Owns putting the compiler into Node's loading: `module.registerHooks` where there is one (Node 22.15 and later), for
 * ES modules and CommonJS alike; on Node 20 `module.register` for ES modules and the compile hook for CommonJS.
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
import { textOf } from './loader-thread.ts';
import { judgeOnce } from './remembered.ts';
import { resolve } from './resolve.ts';
import { isOurs, mayUseUs } from './scope.ts';
import type { LoadOptions } from './options.ts';
import { isTypeScript, stripTypes } from './strip-types.ts';
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
  if (options.world === 'open' || entry === undefined) {
    return { ...planOf(options), debugged };
  }
  const folder = join(process.cwd(), 'program');
  const paths = [...preloaded(), resolve(entry, folder, 'require') ?? entry];
  return { ...planOf(options, judgeOnce(paths, options, trees)), debugged };
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

/** @param wants which files it compiles: those that no other hook of ours sees. */
function installCompileHook(compiler: FileCompiler, wants: (path: string) => boolean): void {
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
    const typed = format === 'commonjs-typescript';
    const text = typed ? (stripTypes(content) ?? content) : content;
    const code =
      format === 'module' || !wants(filename)
        ? null
        : compiler.load(pathToFileURL(filename).href, text, ['commonjs'], typed);
    if (code === null) return Reflect.apply(native, this, [content, filename, ...rest]) as unknown;
    const [, ...others] = rest;
    return Reflect.apply(native, this, [code, filename, 'commonjs', ...others]) as unknown;
  };
}

function formatsOf(format: string | null | undefined, url: string): SourceFormat[] {
  if (format === 'module' || format === 'commonjs') return [format];
  const ambiguous = (format === undefined || format === null) && /\.js$|\/[^./]+$/.test(url);
  return ambiguous ? ['commonjs', 'module'] : [];
}

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
  if (typeof nodeModule.registerHooks === 'function') {
    nodeModule.registerHooks({
      load(url, context, nextLoad) {
        const result = nextLoad(url, context);
        const { format, source } = result;
        if (source === undefined || source === null) return result;
        const text = textOf(source);
        if (format === 'module-typescript') {
          const stripped = stripTypes(text);
          const compiled = stripped && compiler.compile(url, stripped, ['module'], true);
          return compiled ? { ...result, format: 'module', source: compiled } : result;
        }
        if (format === 'commonjs' && isTypeScript(url)) return result;
        // Without a format Node looks at the text: as CommonJS first, as an ES module if that cannot be.
        const formats = formatsOf(format, url);
        const code = formats.length === 0 ? null : compiler.load(url, text, formats);
        return code === null ? result : { ...result, source: code };
      },
    });
    // TypeScript that is CommonJS gets past these hooks: tsx reads it by itself, and Node strips it after them.
    installCompileHook(compiler, isTypeScript);
    return;
  }
  nodeModule.register(loaderThreadUrl, { data: { plan, runtimeUrl } });
  installCompileHook(compiler, () => true);
}
