/**
 * Owns what the analysis knows of coppice itself: which names block when a program imports any of ours.
 *
 * Everything goes by names, so this is a table of names. That it leaves none out is checked against the package's own
 * exports (test/fiber/blocking-names.test.ts): a method with a twin that is not here would be called plainly, and pin.
 */
import type { Import } from '../analyze/facts.ts';

const list = (names: string): readonly string[] => names.split(' ');

/** What blocks in what `fetchSync` gives; its body is iterated over. */
const RESPONSE = list('bytes arrayBuffer text json blob next');

/** Methods of our handles and primitives that block, and of the packages that ours stand in for. */
const METHODS = list(
  'get join kill receive acquire put wait take read readLine write accept connect end done question ' +
    'send peek select hold with spawn apply map acquireRead acquireWrite withRead withWrite holdRead holdWrite',
);

/** Functions of ours that block, for a file that names none of those it uses. */
const FUNCTIONS = list(
  'sleep fetchSync readLine receive connect listen serve joinAll killAll select wait withTimeout asCompleted runInfo',
);

/** Imports whose objects wait while they are iterated over. */
const ITERABLES = new Set(
  list(
    'Queue LifoQueue PriorityQueue Channel Group Pool TcpSocket TcpServer ResponseSync ' +
      'asCompleted connect listen serve *',
  ),
);

/** What these give blocks in nothing, or in what is listed; anything else that is imported may give any object. */
const GIVES = new Map<string, readonly string[]>([
  ['sleep', []],
  ['sleepAsync', []],
  ['readLine', []],
  ['current', []],
  ['wrap', []],
  ['fetchSync', RESPONSE],
  ['ResponseSync', RESPONSE],
  ['*', [...METHODS, ...FUNCTIONS, ...RESPONSE]],
]);
const ANYTHING = [...METHODS, ...FUNCTIONS];

/** Names of ours that never block: classes (their methods may), explicit faces, and these. */
const NEVER =
  /^[A-Z]|Async$|^(spawn|spawnLater|current|wrap|configure|prewarm|transfer|callContext|defineBlocking)$/;

/** Adds the names that block by definition, from what a file imports of a module that blocks. */
export function addSeeds({ names, imported }: Import, seeds: Set<string>): void {
  // What is exported from here again, or taken out of a module with a pattern, is a property somewhere.
  for (const [index, name] of names.entries())
    if (!NEVER.test(imported[index] as string)) seeds.add(name).add(`.${name}`);
  for (const original of names.length === 0 ? ['*'] : imported) {
    for (const name of GIVES.get(original) ?? ANYTHING) seeds.add(`.${name}`);
    if (ITERABLES.has(original)) seeds.add('.next');
  }
}
