/**
 * Owns which functions keep their plain body beside their twin.
 *
 * A plain caller runs a plain body at the speed of plain code; without one it has to drive the twin. But each of the two
 * bodies holds the functions inside it, and those have two bodies again, so text would double with every level. What
 * mostly wraps others (a bundle's outer function, a factory of methods) runs seldom and gains nothing: it is driven.
 */
import type { FunctionInfo, Survey } from './survey.ts';

/** The compiled text may grow to so many times the source, counted before what is written at its sites. */
const GROWTH = 4;
/** How much text inside may be doubled: so many characters, or so many for each of the function's own. */
interface Limit {
  small: number;
  ratio: number;
}

/** A function that runs once, while its file is loaded: so much text inside may be doubled. */
const ONCE = 1500;

/** The first that fits is taken. */
const LIMITS: Limit[] = [
  { small: 8000, ratio: 8 },
  { small: 4000, ratio: 3 },
  { small: 1500, ratio: 1 },
  { small: 300, ratio: 0.3 },
  { small: 0, ratio: 0 },
];

/** Decides for a whole file; `eligible` says which functions can have both. */
export function keepBodies(
  survey: Survey,
  length: number,
  eligible: (info: FunctionInfo) => boolean,
): void {
  // Inner functions come after those that they stand in.
  const inside = [...survey.functions.values()].toReversed();
  const candidates = new Set(inside.filter(eligible));
  for (const limit of LIMITS) {
    if (choose(inside, candidates, limit) <= Math.max(GROWTH * length, 4096)) return;
  }
}

/** Marks them within one limit. Returns how long the text becomes. */
function choose(inside: FunctionInfo[], candidates: Set<FunctionInfo>, limit: Limit): number {
  /** By function: the source text of what stands in it, and how long that becomes. */
  const spans = new Map<FunctionInfo, number>();
  const totals = new Map<FunctionInfo, number>();
  let whole = 0;
  for (const info of inside) {
    const { start, end } = info.node;
    const inner = totals.get(info) ?? 0;
    const own = end - start - (spans.get(info) ?? 0);
    const most = Math.max(limit.small, own * limit.ratio);
    info.keepsBody = candidates.has(info) && inner <= (info.once ? Math.min(most, ONCE) : most);
    const total = (own + inner) * (info.keepsBody ? 2 : 1);
    const { parent } = info;
    if (parent === null) whole = total;
    else {
      spans.set(parent, (spans.get(parent) ?? 0) + end - start);
      totals.set(parent, (totals.get(parent) ?? 0) + total);
    }
  }
  return whole;
}
