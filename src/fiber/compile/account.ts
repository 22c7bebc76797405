/**
 * Owns the account of what the writer did, which `explain` prints: the yield points as they are written, the functions
 * that got a form that can be suspended, and why others were left as they stand. What could be a yield point (sites.ts)
 * and is not in it was left as it stands, and would pin (pins.ts).
 */
import type { Node } from './ast.ts';

export interface Note {
  start: number;
  end: number;
  kind: 'yield' | 'plain' | 'pin';
  what: string;
}

type Span = Pick<Node, 'start' | 'end'>;

export class Account {
  readonly notes: Note[] = [];
  readonly #made = new Set<Node>();
  readonly #suspending = new Set<Node>();
  readonly #reasons = new Map<Node, string>();

  note(kind: Note['kind'], { start, end }: Span, what: string): void {
    this.notes.push({ start, end, kind, what });
  }

  /** A site was written as a yield point. Each is told of once, however often its text is written. */
  yields(node: Node, what: string, span: Span): void {
    if (this.#made.has(node)) return;
    this.#made.add(node);
    this.note('yield', span, what);
  }

  isMade(node: Node): boolean {
    return this.#made.has(node);
  }

  /** A function was written in a form that can be suspended. */
  suspends(node: Node): void {
    this.#suspending.add(node);
  }

  canSuspend(node: Node): boolean {
    return this.#suspending.has(node);
  }

  /** A function that blocks was left as it stands, or a class with all that is in it. */
  leaves(node: Node, why: string): void {
    this.#reasons.set(node, why);
  }

  reasonFor(node: Node): string | undefined {
    return this.#reasons.get(node);
  }
}
