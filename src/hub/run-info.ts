/**
 * `runInfo`: what every green thread is doing, as a tree of who made whom.
 *
 * Follows gevent's `print_run_info`. A parked Worker tells its stack itself, without waking the code that waits.
 */
import { defineBlocking } from '../core/definition.ts';
import { describe, type BlockedThread } from './deadlock.ts';
import type { LocalCore } from './local-core.ts';
import { liveThreads } from './registry.ts';

/**
 * Describes the green threads that have started and not ended: state, what each waits for and since when, who holds
 * it, and its stack.
 *
 * @example
 * process.on('SIGUSR2', async () => console.error(await runInfoAsync()));
 */
export const runInfo: {
  (): string;
  async(): Promise<string>;
} = defineBlocking(
  'runInfo',
  async () => {
    const cores = [...liveThreads()];
    const described = new Map<LocalCore, string[]>();
    await Promise.all(cores.map(async (core) => described.set(core, await linesOf(core))));
    const roots = cores.filter(({ parentId }) => !cores.some((other) => other.id === parentId));
    const lines = roots.flatMap((core) => tree(core, described, ''));
    return [`${cores.length} green threads`, ...lines].join('\n');
  },
  { hubOnly: true, asyncName: 'runInfoAsync()' },
);

/** The explicit face of `runInfo`. */
export const runInfoAsync = runInfo.async;

function tree(core: LocalCore, described: Map<LocalCore, string[]>, indent: string): string[] {
  const own = (described.get(core) ?? []).map((line) => indent + line);
  const children = [...described.keys()].filter((other) => other.parentId === core.id);
  return [...own, ...children.flatMap((child) => tree(child, described, `${indent}  `))];
}

async function linesOf(core: LocalCore): Promise<string[]> {
  const stack = core.pending ? await core.stack() : undefined;
  const frames = (stack ?? '').split('\n').filter((frame) => frame !== '');
  return [headOf(core, await describe(core)), ...frames.map((frame) => `  ${frame.trimStart()}`)];
}

function headOf({ pending, state, ref }: LocalCore, seen: BlockedThread): string {
  const daemon = ref ? '' : ', daemon';
  const holders = seen.heldBy.some((holder) => !seen.waitsFor.includes(holder))
    ? ` held by ${seen.heldBy.join(', ')}`
    : '';
  const waits = pending
    ? `: waits for ${seen.waitsFor}${holders} since ${new Date(seen.since).toISOString()}`
    : '';
  return `- ${seen.name} (${seen.kind}, ${state}${daemon})${waits}`;
}
