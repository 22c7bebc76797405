/**
 * The warning that plain code on the main thread stalls the hub on which green threads are running. Once per process.
 */
import { anyLiveThread } from '../hub/registry.ts';

let warned = false;

export function warnOfStall(name: string): void {
  if (warned || !anyLiveThread()) return;
  warned = true;
  process.emitWarning(
    `${name}() blocks the main thread, and with it the hub on which green threads are running.`,
    {
      code: 'COPPICE_MAIN_BLOCKED',
      detail: 'Await the async face instead, or call it in a green thread.',
    },
  );
}
