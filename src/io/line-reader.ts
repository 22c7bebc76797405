/**
 * Who gets the next line of the process's stdin.
 *
 * Invariants: callers are served first come, first served, each with one line; at the end of the input all get `null`;
 * a caller that goes away takes no line with it. The input is read only while somebody waits, so that it neither keeps
 * the process alive nor takes lines from a child that reads the same terminal. A prompt is shown when it is its turn.
 */
import { Wait, type Waker } from '../core/wait.ts';
import { LineBuffer } from './line-buffer.ts';
import { openPipe } from './pipe-input.ts';
import { openTerminal } from './terminal-input.ts';

/** Where lines come from. */
export interface Input {
  /** Shows the prompt of whoever is next. */
  prompt(text: string): void;
  /** Reads on, until `stop`. */
  read(): void;
  stop(): void;
}

/** What an input tells. */
export interface InputEvents {
  line(line: string): void;
  data(chunk: Uint8Array): void;
  end(): void;
}

interface Request {
  readonly prompt: string;
  readonly waker: Waker<string | null>;
}

const requests: Request[] = [];
/** Also what the synchronous reader of the main thread reads from and adds to. */
export const stdinBuffer = new LineBuffer();
let input: Input | undefined;
let shown: Request | undefined;

/** The wait for the next line. */
export function nextLine(prompt: string): Wait<string | null> {
  return new Wait<string | null>((waker) => {
    const request: Request = { prompt, waker };
    requests.push(request);
    serve();
    return () => {
      const index = requests.indexOf(request);
      if (index === -1) return;
      requests.splice(index, 1);
      serve();
    };
  }, 'a line of stdin');
}

/** A line that was given to a caller who was gone by then. */
export function giveBack(line: string | null): void {
  if (line === null) return;
  stdinBuffer.giveBack(line);
  serve();
}

function serve(): void {
  input ??= open();
  for (;;) {
    const request = requests[0];
    if (!request) {
      shown = undefined;
      input.stop();
      return;
    }
    if (shown !== request) {
      shown = request;
      input.prompt(request.prompt);
    }
    const line = stdinBuffer.take();
    if (line === undefined) {
      input.read();
      return;
    }
    requests.shift();
    request.waker.wake(line);
  }
}

function open(): Input {
  const events: InputEvents = {
    line: (line) => received(() => stdinBuffer.push(line)),
    data: (chunk) => received(() => stdinBuffer.feed(chunk)),
    end: () => received(() => stdinBuffer.end()),
  };
  return process.stdin.isTTY && process.stdout.isTTY ? openTerminal(events) : openPipe(events);
}

function received(add: () => void): void {
  add();
  serve();
}
