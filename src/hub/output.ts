/**
 * What green threads write, on its way to the real stdout and stderr.
 *
 * Invariants: everything is written in the order in which it came, also when both streams go to the same place, and
 * also what the main thread writes itself: a chunk for one stream waits until the other has passed its own on. `written`
 * is told of each chunk once the stream has taken it, which is what backpressure counts. Nothing that came is lost when
 * the process exits.
 */
type Fd = 1 | 2;
type Write = NodeJS.WriteStream['write'];

interface Chunk {
  readonly fd: Fd;
  /** Puts it into its stream; `done` is called when the operating system has it, or the stream has failed. */
  readonly put: (done: () => void) => void;
}

const queue: Chunk[] = [];
/** The stream that has chunks under way, and how many. */
let busy: Fd = 1;
let underWay = 0;
/** Do the streams tell of what is written past the queue? */
let watched = false;

/** Writes a chunk; `written` is called when the operating system has it (or the stream has failed). */
export function writeOut(fd: Fd, bytes: Uint8Array, written: () => void): void {
  if (!watched) watchStreams();
  const put = (done: () => void): void => {
    // As the stream has it now: a terminal's prompt may stand in between.
    inside = true;
    note(fd, bytes);
    streamOf(fd).write(bytes, () => {
      done();
      written();
    });
    inside = false;
  };
  queue.push({ fd, put });
  pump();
}

/** Is the present write one of the queue's own? */
let inside = false;

function pump(): void {
  for (let next = queue[0]; next && isFree(next.fd); next = queue[0]) {
    queue.shift();
    busy = next.fd;
    underWay++;
    next.put(() => {
      underWay--;
      pump();
    });
  }
}

function isFree(fd: Fd): boolean {
  return underWay === 0 || fd === busy;
}

/** What is written past the queue, by the main thread, takes its place in it while there is one. */
function watchStreams(): void {
  watched = true;
  process.once('exit', () => {
    for (const { put } of queue.splice(0)) put(() => {});
  });
  watch(1);
  watch(2);
}

function watch(fd: Fd): void {
  const stream = streamOf(fd);
  const own = stream.write;
  stream.write = function (...args: Parameters<Write>): boolean {
    if (inside || (queue.length === 0 && isFree(fd))) {
      if (!inside) note(fd, args[0]);
      return Reflect.apply(own, stream, args);
    }
    queue.push({
      fd,
      put: (done) => {
        note(fd, args[0]);
        Reflect.apply(own, stream, args);
        // The stream takes chunks in order, so this one is through when an empty one behind it is.
        Reflect.apply(own, stream, ['', done] as unknown as Parameters<Write>);
      },
    });
    // Not `false`: the stream itself may not be full, and would then never say 'drain'.
    return true;
  } as Write;
}

/** What stands on the terminal's last line, as far as it came this way: a question that waits for its answer, say. */
let lastLine = '';
/** Of a longer line the end will do. */
const LINE_LIMIT = 1000;

/** The line that nobody has ended yet. */
export function unfinishedLine(): string {
  return lastLine;
}

/** Whoever has written to the terminal past these streams says what it has left there. */
export function leaveLine(text: string): void {
  lastLine = text;
}

function note(fd: Fd, chunk: Uint8Array | string): void {
  if (!streamOf(fd).isTTY) return;
  const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
  const start = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
  lastLine = (start > 0 ? text.slice(start) : lastLine + text).slice(-LINE_LIMIT);
}

function streamOf(fd: Fd): NodeJS.WriteStream {
  return fd === 1 ? process.stdout : process.stderr;
}
