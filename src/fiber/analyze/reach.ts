/**
 * Owns which libraries can come by a function that blocks.
 *
 * A library that does not load coppice, not even through others, knows nothing that blocks of itself. It can only be
 * handed such a function, or an object that leads to one: as an argument, in a callback, by a property of something that
 * it shares with the program, by the global object, as an error. So the program's own files are followed (flow.ts), and
 * each library is a box that passes on, calls and gives back whatever it has been given. If nothing in the box can block
 * and nothing might be anything, no function of the library ever waits, whatever its methods are called.
 *
 * Libraries that load one another are one box. What is not looked at (a package out of scope) is one more box, and may
 * know every library.
 */
import { Flow } from './flow.ts';
import type { FlowFile } from './functions.ts';
import { TooMuch } from './points-to.ts';

/** Steps of the solver: some seconds at worst, and far more than programs of usual size take. */
const LIMIT = 2_000_000;

/** Says of a function of the program, by its file and where it stands, whether it may block. */
export type Blocks = (file: string, start: number) => boolean;

export interface ReachInput {
  readonly files: readonly FlowFile[];
  /** How many boxes there are; the first is what nobody looked at. */
  readonly boxes: number;
  /** Those that may load any file. */
  readonly loadAnything: ReadonlySet<number>;
}

export class Reach {
  readonly #flow: Flow | null;
  /** Why nothing can be told. */
  readonly reason: string | null = null;

  constructor(input: ReachInput) {
    let flow: Flow | null = null;
    try {
      flow = new Flow(input.files, input.boxes, LIMIT);
      for (const box of input.loadAnything) flow.give(box);
      flow.solve();
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error;
      this.reason = error.message;
      flow = null;
    }
    this.#flow = flow;
  }

  /** The boxes in which something may block; `null`: any. */
  reached(blocks: Blocks): Set<number> | null {
    const flow = this.#flow;
    if (!flow) return null;
    const reached = new Set<number>();
    for (const [index, box] of flow.boxes.entries()) {
      for (const thing of flow.graph.at(box.content)) {
        const { kind, parts } = thing;
        if (kind !== 'any' && kind !== 'ours' && !(parts && blocks(parts.file, parts.start)))
          continue;
        if (index === 0) return null;
        reached.add(index);
        break;
      }
    }
    return reached;
  }
}

/** Follows the files. */
export function findReach(input: ReachInput): Reach {
  return new Reach(input);
}
