/** What `module.register` loads on Node's loader thread (Node 20): compiles ES modules as they come. */
import type { LoadFnOutput, LoadHookContext } from 'node:module';
import { FileCompiler, type LoadPlan } from './compile-file.ts';

let compiler: FileCompiler;

export function initialize(given: { plan: LoadPlan; runtimeUrl: string }): void {
  compiler = new FileCompiler(given.plan, given.runtimeUrl);
}

type NextLoad = (url: string, context?: Partial<LoadHookContext>) => Promise<LoadFnOutput>;

export async function load(
  url: string,
  context: LoadHookContext,
  nextLoad: NextLoad,
): Promise<LoadFnOutput> {
  const result = await nextLoad(url, context);
  if (result.format !== 'module' || result.source === undefined || result.source === null) {
    return result;
  }
  const source = textOf(result.source);
  const code = compiler.load(url, source, ['module']);
  return code === null ? result : { ...result, source: code };
}

export function textOf(source: NonNullable<LoadFnOutput['source']>): string {
  if (typeof source === 'string') return source;
  return Buffer.from(
    source instanceof ArrayBuffer ? source : source.buffer,
    'byteOffset' in source ? source.byteOffset : 0,
    source.byteLength,
  ).toString('utf8');
}
