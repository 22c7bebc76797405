/**
 * `runInfo`: what every green thread is doing, as a tree of who made whom.
 *
 * Follows gevent's `print_run_info`. A parked Worker tells its stack itself, without waking the code that waits.
 */
import { defineBlocking } from '../core/definition.ts';
import { heap } from '../core/heap.ts';
import { describeNow, holdersOf, suspectedNames, type BlockedThread } from './deadlock.ts';
import type { LocalCore } from './local-core.ts';
import { liveThreads } from './registry.ts';
import { suspected } from './wait-graph.ts';

/**
 * Describes the green threads that have started and not ended: state, what each waits for and since when, who holds
 * it, and its stack. In plain code on the main thread, which cannot wait for what a Worker tells, without the stacks of
 * worker green threads: `runInfoAsync` has these too.
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
    const lines: (readonly string[])[] = [];
    // With many thousands of threads this takes a while, and others want to run.
    for (let from = 0; from < cores.length; from += 100) {
      if (from > 0) await new Promise((resolve) => setImmediate(resolve));
      lines.push(...(await Promise.all(cores.slice(from, from + 100).map(linesOf))));
    }
    return treeOf(cores, lines);
  },
  {
    hubOnly: true,
    asyncName: 'runInfoAsync()',
    direct: () => {
      if (heap.way.kind !== 'main') return undefined;
      const cores = [...liveThreads()];
      return { value: treeOf(cores, cores.map(linesNow)) };
    },
  },
);

/** The explicit face of `runInfo`. */
export const runInfoAsync = runInfo.async;

interface Node {
  readonly lines: readonly string[];
  readonly children: Node[];
}

function treeOf(cores: readonly LocalCore[], lines: readonly (readonly string[])[]): string {
  const nodes = new Map<number, Node>();
  for (const [index, { id }] of cores.entries())
    nodes.set(id, { lines: lines[index] as string[], children: [] });
  const roots: Node[] = [];
  for (const { id, parentId } of cores) {
    const parent = parentId === undefined ? undefined : nodes.get(parentId);
    (parent?.children ?? roots).push(nodes.get(id) as Node);
  }
  const names = suspectedNames();
  return [
    `${cores.length} green threads`,
    ...roots.flatMap((node) => tree(node, '')),
    ...(names.length > 0 ? [`may be deadlocked: ${names.join(', ')}`] : []),
  ].join('\n');
}

function tree({ lines, children }: Node, indent: string): string[] {
  return [
    ...lines.map((line) => indent + line),
    ...children.flatMap((child) => tree(child, `${indent}  `)),
  ];
}

async function linesOf(core: LocalCore): Promise<string[]> {
  // A Worker that sleeps is not known to be blocked, but tells where it is.
  const asks = core.pending !== undefined || (core.kind === 'worker' && core.state === 'running');
  const stack = asks ? await core.stack() : undefined;
  return withFrames(core, stack);
}

function linesNow(core: LocalCore): string[] {
  const asks = core.pending !== undefined && core.kind === 'fiber';
  return withFrames(core, asks ? (core.stack() as string | undefined) : undefined);
}

function withFrames(core: LocalCore, stack = ''): string[] {
  const frames = stack.split('\n').filter((frame) => frame !== '');
  return [
    headOf(core, describeNow(core, suspected(core))),
    ...frames.map((frame) => `  ${frame.trimStart()}`),
  ];
}

function headOf({ state, ref }: LocalCore, seen: BlockedThread): string {
  const daemon = ref ? '' : ', daemon';
  const holders = holdersOf(seen);
  const held = holders && ` ${holders}`;
  // Asking takes a moment, so what was seen counts and not what is so by now.
  const waits =
    seen.since > 0
      ? `: waits for ${seen.waitsFor}${held} since ${new Date(seen.since).toISOString()}`
      : '';
  return `- ${seen.name} (${seen.kind}, ${state}${daemon})${waits}`;
}
