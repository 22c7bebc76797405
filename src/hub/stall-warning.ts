/**
 * The warning that plain code on the main thread stalls the hub on which green threads are running. Once per process.
 */
import { anyLiveThread } from './registry.ts';

let warned = false;
/** Has what is under way been told of already? */
let told = false;

export function warnOfStall(name: string): void {
  if (warned || told || !anyLiveThread()) return;
  warned = true;
  process.emitWarning(
    `${name}() blocks the main thread, and with it the hub on which green threads are running.`,
    {
      code: 'COPPICE_MAIN_BLOCKED',
      detail: 'Await the async face instead, or call it in a green thread.',
    },
  );
}

/** Does something that blocks the main thread, of which the user has been warned in other words. */
export function stallKnowingly<R>(work: () => R): R {
  const outer = told;
  told = true;
  try {
    return work();
  } finally {
    told = outer;
  }
}
