/**
 * Request bodies on their way to the hub: everything that `fetch` takes and that can be read without a loop.
 */
import { invalidArgument } from '../core/errors.ts';

export type EncodedBody =
  | string
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | { readonly params: string }
  | { readonly form: readonly [name: string, value: string | Blob, fileName?: string][] };

export function encodeBody(body: unknown): EncodedBody {
  if (
    typeof body === 'string' ||
    body instanceof Blob ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body)
  ) {
    return body;
  }
  if (body instanceof URLSearchParams) return { params: body.toString() };
  if (body instanceof FormData) {
    return {
      form: [...body].map(([name, value]) =>
        typeof value === 'string'
          ? [name, value]
          : [name, new Blob([value], { type: value.type }), value.name],
      ),
    };
  }
  if (body instanceof ReadableStream) {
    throw invalidArgument(
      'fetchSync() cannot send a stream: it would need the loop that it blocks. Give it bytes.',
    );
  }
  return String(body);
}

export function decodeBody(body: EncodedBody): NonNullable<RequestInit['body']> {
  if (typeof body === 'string' || body instanceof Blob) return body;
  if ('params' in body) return new URLSearchParams(body.params);
  if ('form' in body) {
    const form = new FormData();
    for (const [name, value, fileName] of body.form) {
      if (typeof value === 'string') form.append(name, value);
      else form.append(name, value, fileName);
    }
    return form;
  }
  return body as NonNullable<RequestInit['body']>;
}
