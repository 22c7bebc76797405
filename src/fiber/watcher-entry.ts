/**
 * What watches the main thread's fibers, in a Worker of its own, which the others do not stop: it has the stack taken of
 * one that runs for too long, while it does, and tells of one that does not end.
 *
 * The heap's word `stretch` is read every now and then; the same odd value again means the same stretch. The stack is
 * asked for through the inspector, which interrupts running code: in it only our own function runs, which changes nothing of the
 * program's, since V8's optimised code does not expect that. That is why nobody's subscribers are called from here, and
 * why what is urgent is written by this thread itself. A stretch that is in native code answers when it is back.
 */
import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import { LOOK, WORD, type Sight } from './watcher-words.ts';

/** From here on a stretch may well be one that never ends. Milliseconds. */
const ENDLESS = 1_000;

const words = workerData as Int32Array;
const told = new Set<string>();
let stretch = 0;
let since = 0;
/** The stretch whose stack has been asked for. */
let asked = 0;
let tellsOf = 0;
let sight: Sight | null = null;

function ask(): void {
  asked = stretch;
  sight = null;
  try {
    const session = new Session();
    session.connectToMainThread();
    const expression = `globalThis[Symbol.for('${LOOK}')](${stretch})`;
    session.post('Runtime.evaluate', { expression, returnByValue: true }, (_error, answer) => {
      sight = (answer?.result.value ?? null) as Sight | null;
      session.disconnect();
    });
  } catch {
    // A Node without an inspector, or one that is not allowed to.
  }
}

function tell(milliseconds: number): void {
  tellsOf = stretch;
  const name = sight?.name ?? 'A fiber';
  const spawned = name.replace(/#\d+$/, '');
  if (told.has(spawned)) return;
  told.add(spawned);
  const where = sight === null ? ' It is in native code.' : `\n${sight.stack}`;
  const text = `${name} has been running for ${milliseconds} ms without a yield point; everything else stands still.${where}`;
  try {
    writeSync(2, `(node:${process.pid}) [COPPICE_SLOW_FIBER] Warning: ${text}\n`);
  } catch {
    // Nobody reads it.
  }
}

function look(): void {
  const now = performance.now();
  const longest = Atomics.load(words, WORD.longest);
  const current = Atomics.load(words, WORD.stretch);
  const idle = current === stretch && (current & 1) === 0;
  if (current !== stretch) {
    stretch = current;
    since = now;
  } else if ((current & 1) === 1) {
    const age = now - since;
    if (age >= longest && asked !== current) ask();
    const endless = age >= Math.max(longest, ENDLESS) && Atomics.load(words, WORD.warns) === 1;
    if (endless && tellsOf !== current) tell(Math.round(age));
  }
  setTimeout(look, Math.min(250, Math.max(5, idle ? longest : longest / 4)));
}

look();
