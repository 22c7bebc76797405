/**
 * What `fetchSync` returns: a `Response` whose body is read by blocking calls.
 *
 * Invariant (as for `Response`): the body is read once; a second reading throws a `TypeError`.
 */
import type { CallOptions } from '../core/heap.ts';
import { clock } from '../core/clock.ts';
import { RemoteIterator, type IteratorId } from '../core/remote-iterator.ts';
import { setTwin, twinOf } from '../core/twin.ts';

/** The head of a response, as it comes from the hub. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: [string, string][];
  readonly url: string;
  readonly redirected: boolean;
  readonly type: Response['type'];
  /** What of the body came along, and a name that stands for the rest at the hub; `undefined` without a body. */
  readonly body:
    | { readonly arrived: readonly Uint8Array[]; readonly rest: IteratorId | undefined }
    | undefined;
}

/** A response whose body has not been read. Iterating `body` reads it chunk by chunk. */
export class ResponseSync {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly type: Response['type'];
  /** The chunks, each read when it is asked for; `null` when there is no body. Leaving the loop closes the connection. */
  readonly body: IterableIterator<Uint8Array> | null;
  readonly #head: ResponseHead;
  #headers: Headers | undefined;
  readonly #chunks: RemoteIterator<Uint8Array> | undefined;
  #used = false;

  /** @internal */
  constructor(head: ResponseHead, { deadline, signal, timeout: whole }: CallOptions) {
    this.#head = head;
    this.status = head.status;
    this.statusText = head.statusText;
    this.url = head.url;
    this.redirected = head.redirected;
    this.type = head.type;
    // What is left of the time limit once the head is here goes to the body.
    const left = (): number => Math.max(0, Math.ceil((deadline ?? Infinity) - clock().now()));
    const limits = (): CallOptions => ({
      whole,
      signal,
      timeout: deadline === undefined ? undefined : left(),
    });
    this.#chunks = head.body && new RemoteIterator(head.body.rest, limits, head.body.arrived);
    this.body = this.#chunks ?? null;
  }

  get headers(): Headers {
    // Made on demand: it loads all of Node's fetch, which a Worker has no other need of.
    return (this.#headers ??= new Headers(this.#head.headers));
  }

  /** Is the status 200 to 299? */
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** Has the body been read, or begun to be? */
  get bodyUsed(): boolean {
    return this.#used || (this.#chunks?.begun ?? false);
  }

  /** The whole body as bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    return joined(this.#take()?.rest());
  }

  arrayBuffer(): ArrayBuffer {
    return this.bytes().buffer;
  }

  /** The whole body, decoded as UTF-8. */
  text(): string {
    return decodeText(this.bytes());
  }

  /** The whole body, parsed as JSON. */
  json(): unknown {
    return JSON.parse(this.text());
  }

  blob(): Blob {
    return this.#blob(this.bytes());
  }

  #blob(bytes: Uint8Array<ArrayBuffer>): Blob {
    return new Blob([bytes], { type: this.headers.get('content-type') ?? '' });
  }

  #take(): RemoteIterator<Uint8Array> | undefined {
    if (this.bodyUsed) throw new TypeError('Body is unusable: it has been read already.');
    this.#used = true;
    return this.#chunks;
  }

  static {
    const { prototype } = this;
    function* bytes(response: ResponseSync): Generator<unknown, Uint8Array<ArrayBuffer>> {
      const chunks = response.#take();
      return joined(chunks && (yield* twinOf(chunks.rest).call(chunks)));
    }
    const twins: [object, (response: ResponseSync, bytes: Uint8Array<ArrayBuffer>) => unknown][] = [
      [prototype.bytes, (_response, body) => body],
      [prototype.arrayBuffer, (_response, body) => body.buffer],
      [prototype.text, (_response, body) => decodeText(body)],
      [prototype.json, (_response, body) => JSON.parse(decodeText(body))],
      [prototype.blob, (response, body) => response.#blob(body)],
    ];
    for (const [method, convert] of twins) {
      setTwin(method, function* (this: ResponseSync) {
        return convert(this, yield* bytes(this));
      });
    }
  }
}

function joined(chunks: readonly Uint8Array[] = []): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
