/**
 * `runInfo`: what every green thread is doing, as a tree of who made whom, and what the program's own code waits for.
 *
 * Follows gevent's `print_run_info`. A parked Worker tells its stack itself, and what its fibers do, without waking the
 * code that waits. One that computes tells nothing: then there is what the hub knows of its fibers.
 */
import { callContext } from '../core/call.ts';
import { defineBlocking } from '../core/definition.ts';
import { heap } from '../core/heap.ts';
import type { Inside, ThreadSeen } from '../core/seen.ts';
import type { Blockable } from './blockable.ts';
import { describeNow, holdersOf, NOTHING, programsOwn, suspectedNames } from './deadlock.ts';
import type { LocalCore } from './local-core.ts';
import { waitingCoroutines } from './own-coroutines.ts';
import { liveThreads } from './registry.ts';
import { suspected } from './wait-graph.ts';
import { liveWorkerFibers } from './worker-fiber.ts';

/**
 * Describes the green threads that have started and not ended: state, what each waits for and since when, who holds
 * it, and its stack; also the fibers in Workers, and the program's own coroutines that wait. In plain code on the main
 * thread, which cannot wait for what a Worker tells, without the stacks of worker green threads and with those of their
 * fibers only that the hub knows: `runInfoAsync` has all.
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
    const self = callContext();
    const cores = [...liveThreads()];
    const nodes: Node[] = [];
    // With many thousands of threads this takes a while, and others want to run.
    for (let from = 0; from < cores.length; from += 100) {
      if (from > 0) await new Promise((resolve) => setImmediate(resolve));
      nodes.push(...(await Promise.all(cores.slice(from, from + 100).map(nodesOf))).flat());
    }
    return treeOf([...nodes, ...ownNodes(self)]);
  },
  {
    hubOnly: true,
    asyncName: 'runInfoAsync()',
    direct: () => {
      if (heap.way.kind !== 'main') return undefined;
      return { value: treeOf([...[...liveThreads()].flatMap(nodesNow), ...ownNodes()]) };
    },
  },
);

/** The explicit face of `runInfo`. */
export const runInfoAsync = runInfo.async;

interface Node {
  /** What is no green thread has none. */
  readonly id: number | undefined;
  /** Who made it, from the innermost on that may still be there. */
  readonly parents: readonly (number | undefined)[];
  readonly lines: readonly string[];
}

/** What is told of one. */
type Seen = Omit<ThreadSeen, 'id' | 'parentId'> & { readonly kind: string };

function treeOf(nodes: readonly Node[]): string {
  const known = new Set(nodes.map(({ id }) => id));
  const children = new Map<number | undefined, Node[]>();
  for (const node of nodes) {
    const parent = node.parents.find((id) => id !== undefined && known.has(id));
    const siblings = children.get(parent);
    if (siblings) siblings.push(node);
    else children.set(parent, [node]);
  }
  const tree = (parent: number | undefined, indent: string): string[] =>
    (children.get(parent) ?? []).flatMap(({ id, lines }) => [
      ...lines.map((line) => indent + line),
      ...(id === undefined ? [] : tree(id, `${indent}  `)),
    ]);
  const names = suspectedNames();
  return [
    `${nodes.filter(({ id }) => id !== undefined).length} green threads`,
    ...tree(undefined, ''),
    ...(names.length > 0 ? [`may be deadlocked: ${names.join(', ')}`] : []),
  ].join('\n');
}

async function nodesOf(core: LocalCore): Promise<Node[]> {
  if (core.kind !== 'worker' || core.state !== 'running') return nodesNow(core);
  // Asking takes a moment, so what was seen counts, unless it was nothing.
  const before = seenOf(core);
  const inside = await core.inside();
  const seen = before.since > 0 ? before : seenOf(core);
  if (!inside) return [noded(core, seen, [SILENT]), ...fibersKnown(core)];
  return [
    noded(core, { ...orThere(seen, inside), stack: inside.stack }),
    ...inside.fibers.map((fiber) => ({
      id: fiber.id,
      parents: [fiber.parentId, core.id],
      lines: linesOf({ ...fiber, kind: 'fiber' }),
    })),
  ];
}

function nodesNow(core: LocalCore): Node[] {
  return core.kind === 'worker'
    ? [nodeOf(core), ...fibersKnown(core)]
    : [nodeOf(core, stackNow(core))];
}

const SILENT = '  (it does not answer: its code computes, or has not been loaded yet)';

/** What a Worker waits for by itself the hub does not know. */
function orThere(seen: Seen, { asleep, waitsFor }: Inside): Seen {
  if (seen.since > 0) return seen;
  if (asleep) return { ...seen, waitsFor: `sleep(${asleep.ms})`, since: asleep.since };
  return waitsFor === undefined ? seen : { ...seen, waitsFor };
}

/** Those of its fibers that the hub knows, because they own something, or may. */
function fibersKnown({ id, thread }: LocalCore): Node[] {
  return [...liveWorkerFibers()]
    .filter((fiber) => fiber.thread === thread)
    .map((fiber) => ({ id: fiber.idThere, parents: [id], lines: linesOf(seenOf(fiber)) }));
}

/** What an async function waits for that asks by `runInfo()`. */
const ITSELF = 'runInfo()';

/** The program's own code that waits. */
function ownNodes(asking?: ReturnType<typeof callContext>): Node[] {
  const own: Blockable[] = [...programsOwn(), ...waitingCoroutines(asking)];
  return own
    .filter(({ pending }) => pending !== undefined && pending.what !== ITSELF)
    .map((code) => ({ id: undefined, parents: [], lines: linesOf(seenOf(code, stackNow(code))) }));
}

function nodeOf(core: LocalCore, stack?: string): Node {
  return noded(core, seenOf(core, stack));
}

function noded({ id, parentId }: LocalCore, seen: Seen, more: readonly string[] = []): Node {
  return { id, parents: [parentId], lines: [...linesOf(seen), ...more] };
}

function seenOf(one: Blockable, stack = ''): Seen {
  const { state, ref } = one;
  return { ...describeNow(one, suspected(one)), state, ref, stack };
}

function stackNow(one: Blockable): string | undefined {
  return one.pending && (one.stack() as string | undefined);
}

function linesOf(seen: Seen): string[] {
  const frames = seen.stack.split('\n').filter((frame) => frame !== '');
  return [headOf(seen), ...frames.map((frame) => `  ${frame.trimStart()}`)];
}

function headOf(seen: Seen): string {
  const { name, kind, state, ref, waitsFor, since } = seen;
  const daemon = ref ? '' : ', daemon';
  const holders = holdersOf(seen);
  const held = holders && ` ${holders}`;
  const when = since > 0 ? ` since ${new Date(since).toISOString()}` : '';
  const waits = waitsFor === NOTHING ? '' : `: waits for ${waitsFor}${held}${when}`;
  return `- ${name} (${kind}, ${state}${daemon})${waits}`;
}
