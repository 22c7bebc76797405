/** What `module.register` loads on Node's loader thread (Node 20): compiles ES modules as they come. */
import type { LoadFnOutput, LoadHookContext } from 'node:module';
import { FileCompiler, type LoadPlan } from './compile-file.ts';
import { isTypeScript, sayWhatStrips } from './strip-types.ts';

/** What the main thread says. */
export interface LoaderData {
  plan: LoadPlan;
  runtimeUrl: string;
  /** CommonJS there can load TypeScript, by somebody's hook. */
  requiresTypes: boolean;
}

let compiler: FileCompiler;
let requiresTypes = false;

export function initialize(given: LoaderData): void {
  requiresTypes = given.requiresTypes;
  compiler = new FileCompiler(given.plan, given.runtimeUrl);
}

type NextLoad = (url: string, context?: Partial<LoadHookContext>) => Promise<LoadFnOutput>;

export async function load(
  url: string,
  context: LoadHookContext,
  nextLoad: NextLoad,
): Promise<LoadFnOutput> {
  const result = await nextLoad(url, context).catch(sayWhatStrips);
  // With a text, Node compiles it past the hook for CommonJS, and gives it a require that loads no ES modules.
  if (requiresTypes && result.format === 'commonjs' && isTypeScript(url))
    return withoutText(result);
  if (result.format !== 'module' || result.source === undefined || result.source === null) {
    return result;
  }
  const source = textOf(result.source);
  const code = compiler.load(url, source, ['module']);
  return code === null ? result : { ...result, source: code };
}

/** Lets Node load a file as CommonJS does: by its own hooks. */
export function withoutText(result: LoadFnOutput): LoadFnOutput {
  return { ...result, format: 'commonjs', source: undefined };
}

export function textOf(source: NonNullable<LoadFnOutput['source']>): string {
  if (typeof source === 'string') return source;
  return Buffer.from(
    source instanceof ArrayBuffer ? source : source.buffer,
    'byteOffset' in source ? source.byteOffset : 0,
    source.byteLength,
  ).toString('utf8');
}
