/**
 * Lines from a terminal, edited with Node's own line editor (node:readline).
 *
 * Invariants: what anybody else writes to the terminal while a prompt is shown appears above it, and the prompt and
 * what was typed so far stand again below, whole. Outside of a wait for a line the terminal is in its normal mode and
 * the streams are untouched; lines that came all at once are all kept. Ctrl-C is SIGINT, as in a shell; Ctrl-D on an empty line ends the input.
 */
import type { Interface } from 'node:readline';
import { leaveLine, unfinishedLine } from '../hub/output.ts';
import type { Input, InputEvents } from './line-reader.ts';

/** Loaded when a terminal is first read: every Worker has this file, and none reads a terminal. */
const readline = () => process.getBuiltinModule('node:readline');

type Write = typeof process.stdout.write;

/** One period in which the editor has the terminal. */
interface Session {
  readonly editor: Interface;
  /** The editor's own way to the terminal, past the wrapping. */
  readonly screen: NodeJS.WritableStream;
  readonly unwrap: () => void;
}

export function openTerminal(events: InputEvents): Input {
  return new TerminalInput(events);
}

class TerminalInput implements Input {
  readonly #events: InputEvents;
  #session: Session | undefined;
  #wanted = false;
  #prompt = '';
  /** What others wrote without ending the line: it stays on the line, in front of the prompt. */
  #unfinished = '';
  /** What was typed when the editor last had to give up the terminal. */
  #typed = '';
  #history: string[] = [];

  constructor(events: InputEvents) {
    this.#events = events;
  }

  prompt(text: string): void {
    this.#prompt = text;
    if (this.#session) this.#draw(this.#session.editor);
  }

  read(): void {
    this.#wanted = true;
    this.#session ??= this.#open();
  }

  stop(): void {
    this.#wanted = false;
    const session = this.#session;
    // Not from inside the editor's own event: of what was pasted, or typed ahead, it has only handled the first line.
    process.nextTick(() => {
      if (session && session === this.#session && !this.#wanted) this.#close(session);
    });
  }

  #open(): Session {
    this.#unfinished = unfinishedLine();
    const screen = terminalScreen();
    const editor = readline().createInterface({
      input: process.stdin,
      output: screen,
      terminal: true,
      history: this.#history,
    });
    const session = { editor, screen, unwrap: this.#wrapStreams(editor, screen) };
    editor.on('history', (lines) => (this.#history = lines));
    editor.on('line', (line) => {
      this.#unfinished = '';
      this.#prompt = '';
      this.#events.line(line);
    });
    editor.on('SIGINT', () => {
      screen.write('^C\n');
      this.#unfinished = '';
      this.#release(session);
      process.kill(process.pid, 'SIGINT');
      // Whoever handles the signal and goes on waiting gets the prompt again.
      setImmediate(() => this.#wanted && (this.#session ??= this.#open()));
    });
    editor.on('close', () => {
      if (this.#session !== session) return;
      screen.write('\n');
      this.#unfinished = '';
      this.#release(session);
      this.#events.end();
    });
    // Nothing to show is nothing to draw: what the main program has written by itself stays on the line.
    if (this.#unfinished + this.#prompt) this.#draw(editor);
    if (this.#typed) editor.write(this.#typed);
    this.#typed = '';
    return session;
  }

  /** Gives up the terminal, and takes a prompt away that nobody will answer, and what was typed until the next one. */
  #close(session: Session): void {
    const { editor, screen } = session;
    this.#typed = editor.line;
    if (this.#prompt || this.#typed) {
      erase(editor, screen);
      screen.write(this.#unfinished);
    }
    this.#release(session);
  }

  #release({ editor, unwrap }: Session): void {
    this.#session = undefined;
    leaveLine(this.#unfinished);
    unwrap();
    editor.close();
    process.stdin.pause();
  }

  #draw(editor: Interface): void {
    editor.setPrompt(this.#unfinished + this.#prompt);
    editor.prompt(true);
  }

  #wrapStreams(editor: Interface, screen: NodeJS.WritableStream): () => void {
    const streams = [process.stdout, process.stderr].filter((stream) => stream.isTTY);
    const originals = streams.map((stream) => stream.write);
    for (const [index, stream] of streams.entries()) {
      stream.write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
        const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
        erase(editor, screen);
        screen.write(this.#unfinished);
        const flowing = Reflect.apply(originals[index] as Write, stream, [
          chunk,
          ...rest,
        ]) as boolean;
        this.#unfinished = (this.#unfinished + text).split('\n').at(-1) ?? '';
        readline().cursorTo(screen, 0);
        this.#draw(editor);
        return flowing;
      };
    }
    return () => {
      for (const [index, stream] of streams.entries()) stream.write = originals[index] as Write;
    };
  }
}

/** Takes the prompt and what was typed off the screen; the editor then draws as if on an empty line. */
function erase(editor: Interface, screen: NodeJS.WritableStream): void {
  const { clearScreenDown, cursorTo, moveCursor } = readline();
  moveCursor(screen, 0, -editor.getCursorPos().rows);
  cursorTo(screen, 0);
  clearScreenDown(screen);
  // Not documented, but the only way to tell the editor that its former rows are gone.
  (editor as unknown as { prevRows: number }).prevRows = 0;
}

function terminalScreen(): NodeJS.WritableStream {
  const write: (chunk: Uint8Array | string) => boolean = process.stdout.write.bind(process.stdout);
  const { Writable } = process.getBuiltinModule('node:stream');
  const screen = new Writable({
    decodeStrings: false,
    write: (chunk: Uint8Array | string, _encoding, done) => {
      write(chunk);
      done();
    },
  });
  return Object.defineProperties(screen, {
    columns: { get: () => process.stdout.columns },
    rows: { get: () => process.stdout.rows },
    isTTY: { value: true },
  });
}
