/**
 * `fetchSync`: the platform's `fetch` as a blocking call. Its explicit face is `fetch` itself.
 *
 * The request crosses to the hub as plain data, the hub's own `fetch` performs it, the head of the response comes back
 * at once, and the body is pulled chunk by chunk, or all of it in one call.
 */
import { callContext, type Call } from '../core/call.ts';
import { defineBlocking } from '../core/definition.ts';
import { invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { keepIterator } from '../core/remote-iterator.ts';
import { decodeBody, encodeBody, type EncodedBody } from './fetch-body.ts';
import { ResponseSync, type ResponseHead } from './response-sync.ts';

/** What `fetch` takes, with a limit on the time until the whole body has been read. */
export type FetchSyncInit = Omit<RequestInit, 'signal'> & WaitOptions;

interface CrossingRequest {
  readonly url: string;
  readonly init: Record<string, unknown>;
  readonly headers: [string, string][] | undefined;
  readonly body: EncodedBody | undefined;
}

/** What of a RequestInit is plain data. */
const PLAIN = [
  'method',
  'redirect',
  'referrer',
  'referrerPolicy',
  'mode',
  'credentials',
  'cache',
  'integrity',
  'keepalive',
  'duplex',
] as const;

/**
 * Fetches over HTTP and waits for the head of the response.
 *
 * Follows the Fetch standard; `timeout` (milliseconds) and `signal` limit the whole exchange, the body included.
 *
 * A signal of `AbortSignal.timeout()` ends it also while its Worker is parked, if it is given in `init`: a `Request` made
 * with one has another signal of its own, whose deadline nobody can know.
 *
 * @throws {TypeError} as `fetch` does, with the network error as its cause.
 * @throws {Timeout} when `init.timeout` milliseconds are over.
 * @example
 * const page = fetchSync('http://localhost:8080/', { timeout: 5_000 }).text();
 */
export const fetchSync: (input: string | URL | Request, init?: FetchSyncInit) => ResponseSync =
  defineBlocking(
    'fetchSync',
    (request: CrossingRequest, _options?: WaitOptions) => perform(request),
    {
      optionsAt: 1,
      asksAtOnce: true,
      exampleOptions: "{ method: 'POST', body, timeout: 5_000 }",
      signalIn: ([input]) => asRequest(input)?.signal,
      asyncName: 'fetch()',
      encode: ([input, init]) => [encodeRequest(input, (init ?? {}) as RequestInit), {}],
      decode: (head, options) => new ResponseSync(head as ResponseHead, options),
    },
  ) as never;

/** In a Worker the first look at `Request` loads all of Node's fetch, which only the hub needs. */
function asRequest(input: unknown): Request | undefined {
  if (typeof input === 'string' || input instanceof URL) return undefined;
  return input instanceof Request ? input : undefined;
}

function encodeRequest(input: unknown, init: RequestInit): CrossingRequest {
  const request = asRequest(input);
  if (request?.body && init.body === undefined) {
    throw invalidArgument(
      'fetchSync() cannot read the body of a Request without its loop; give the URL and { body }.',
    );
  }
  const plain: Record<string, unknown> = {};
  for (const key of PLAIN) {
    const value = init[key] ?? request?.[key];
    if (value !== undefined) plain[key] = value;
  }
  const headers = init.headers ?? request?.headers;
  return {
    url: request?.url ?? String(input),
    init: plain,
    headers: headers && [...new Headers(headers)],
    body: init.body === undefined || init.body === null ? undefined : encodeBody(init.body),
  };
}

async function perform({ url, init, headers, body }: CrossingRequest): Promise<ResponseHead> {
  const request: RequestInit = { ...init };
  const call = callContext();
  if (call) request.signal = call.signal;
  if (headers) request.headers = headers;
  if (body !== undefined) request.body = decodeBody(body);
  const response = await fetch(url, request);
  return {
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    url: response.url,
    redirected: response.redirected,
    type: response.type,
    body: response.body ? await readAhead(response.body.getReader(), call) : undefined,
  };
}

/** So much of a body, in bytes, goes along with the head when it is there already. */
const READ_AHEAD = 1 << 16;

/**
 * Takes what has arrived together with the head. A body that is whole by then needs no further trip, and nothing to
 * close when its caller never reads it; of any other, the rest is kept for its caller to pull.
 */
async function readAhead(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  call: Call | undefined,
): Promise<ResponseHead['body']> {
  const arrived: Uint8Array[] = [];
  let size = 0;
  while (size < READ_AHEAD) {
    const step = reader.read();
    const result = await Promise.race([step, oneTurn()]);
    if (!result) return { arrived, rest: keepIterator(chunksOf(reader, step), call) };
    if (result.done) return { arrived, rest: undefined };
    arrived.push(result.value);
    size += result.value.byteLength;
  }
  return { arrived, rest: keepIterator(chunksOf(reader), call) };
}

/** Resolves when the loop has turned once: what is readable by now has been read. */
function oneTurn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(resolve, undefined);
  });
}

type Step = ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']>;

/** What is left to be read, from the step on that is under way. (A reader costs less than a stream's own iterator.) */
function chunksOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  step?: Step,
): AsyncIterator<Uint8Array> {
  let pending = step;
  // Nobody may ever ask for it, and then its failure is nobody's either.
  pending?.catch(() => {});
  return {
    next: () => {
      const result = pending ?? reader.read();
      pending = undefined;
      return result as Promise<IteratorResult<Uint8Array>>;
    },
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
