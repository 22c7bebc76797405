/**
 * The warning that plain code on the main thread stalls what lives on its loop: the hub on which green threads are running,
 * or a server. Once per process, and before it does, since that may be for ever: a program that asks its own server.
 */
import { warnNow } from '../core/warn-now.ts';
import { anyLiveThread } from './registry.ts';

let warned = false;
/** Has what is under way been told of already? */
let told = false;

export function warnOfStall(name: string): void {
  if (warned || told) return;
  const stalled = whatStalls();
  if (stalled === undefined) return;
  warned = true;
  warnNow(
    `${name}() blocks the main thread, and with it ${stalled}.`,
    'COPPICE_MAIN_BLOCKED',
    'Await the async face instead, or call it in a green thread.',
  );
}

function whatStalls(): string | undefined {
  if (anyLiveThread()) return 'the hub on which green threads are running';
  const serves = process.getActiveResourcesInfo().includes('TCPServerWrap');
  return serves ? 'the servers of this process, which answer nothing meanwhile' : undefined;
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
