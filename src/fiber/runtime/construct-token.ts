/**
 * Owns the message that the construction protocol passes as a constructor's first argument. No user's code can make
 * one, so a face that receives one knows who is calling.
 *
 * skip: make the instance, with its fields, and leave the body to the twin. adopt: be the parent that returns `object`.
 * fields: put this class's fields onto `object`. native: call super(...args) for real.
 */
export class Token {
  readonly kind: 'skip' | 'adopt' | 'fields' | 'native';
  readonly object: unknown;
  readonly args: readonly unknown[];

  constructor(kind: Token['kind'], object: unknown, args: readonly unknown[] = []) {
    this.kind = kind;
    this.object = object;
    this.args = args;
  }
}

export const SKIP = new Token('skip', undefined);
