/**
 * `select`: waits for the first of several things, and does exactly that one.
 *
 * Invariant (Go's): of several cases that are possible one is chosen at random, so that none starves; the others leave
 * no trace where they waited.
 */
import { clock } from '../core/clock.ts';
import { defineBlocking } from '../core/definition.ts';
import { checkMilliseconds, invalidArgument } from '../core/errors.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import { timeoutError } from '../core/timeout.ts';
import { Wait, type Cancel, type WaitTarget } from '../core/wait.ts';
import type { ChannelCore } from './channel-core.ts';
import { Channel } from './channel.ts';
import { CORE, Primitive } from './primitive.ts';
import { isClosed, type QueueCore } from './queue-core.ts';
import { Queue } from './queue.ts';

/** One of the things that `select` waits for. */
export type SelectCase =
  | { readonly receive: Channel }
  // oxlint-disable-next-line typescript/no-explicit-any -- a channel of whatever `value` is
  | { readonly send: Channel<any>; readonly value: unknown }
  | { readonly get: Queue }
  // oxlint-disable-next-line typescript/no-explicit-any -- a queue of whatever `value` is
  | { readonly put: Queue<any>; readonly value: unknown }
  /** Milliseconds. */
  | { readonly after: number };

/** Which case it was, and what it gave. */
export interface Selected {
  /** The place of the case in the list; -1 when none was possible and `immediate` was asked for. */
  readonly index: number;
  readonly value: unknown;
  /** The channel or queue of the case is closed. */
  readonly closed: boolean;
}

export interface SelectOptions extends WaitOptions {
  /** Do not wait: when no case is possible now, `index` is -1. */
  immediate?: boolean | undefined;
}

/** What a case needs to be tried, waited for and undone. */
interface Operation {
  attempt(): { readonly item: unknown } | undefined;
  wait(): Wait<unknown>;
  /** Gives back what `attempt` gave. */
  undo(value: unknown): void;
  /** In place of `attempt`, for what cannot be undone: done once the caller has been told. */
  commit?(): { act(): void } | undefined;
}

const TARGET: WaitTarget = { what: 'one of several cases of select()' };

/**
 * Waits until one of the cases is possible, and does it.
 *
 * Follows Go's `select`.
 *
 * @throws {Timeout} when `options.timeout` milliseconds are over.
 * @example
 * const { index, value } = select([{ receive: orders }, { get: queue }, { after: 1_000 }]);
 */
export const select: {
  (cases: readonly SelectCase[], options?: SelectOptions): Selected;
  async(cases: readonly SelectCase[], options?: SelectOptions): Promise<Selected>;
} = defineBlocking(
  'select',
  (cases: readonly SelectCase[], { immediate = false }: SelectOptions = {}): Wait<Selected> => {
    const operations = operationsOf(cases);
    const timed = cases.some((each) => 'after' in each);
    return new Wait<Selected>(
      (waker) => {
        const order = shuffled(operations.length);
        for (const index of order) {
          const operation = operations[index] as Operation;
          const done = attempt(operation, index);
          if (!done) {
            const ready = operation.commit?.();
            if (!ready) continue;
            if (waker.wake({ index, value: undefined, closed: false }) !== false) ready.act();
            return () => {};
          }
          if (waker.wake(done) === false && !done.closed) operation.undo(done.value);
          return () => {};
        }
        if (immediate) {
          waker.wake(NONE);
          return () => {};
        }
        const cancels: Cancel[] = [];
        let over = false;
        const stop = (): void => {
          over = true;
          for (const cancel of cancels) cancel();
        };
        const settle = (selected: Selected): boolean => {
          if (over) return false;
          stop();
          return waker.wake(selected) !== false;
        };
        for (const index of order) {
          if (over) break;
          const wait = (operations[index] as Operation).wait();
          const cancel = wait.begin({
            wake: (value) => settle({ index, value, closed: false }),
            fail: (error) => {
              if (over) return;
              if (isClosed(error)) settle({ index, value: undefined, closed: true });
              else {
                stop();
                waker.fail(error);
              }
            },
          });
          if (over) cancel();
          else cancels.push(cancel);
        }
        return stop;
      },
      timed ? 'select()' : TARGET,
    );
  },
  {
    optionsAt: 1,
    optionNames: ['immediate'],
    hubOnly: true,
    asyncName: 'selectAsync()',
    // So that a wrong case is refused where it was written, and in no heap but that one.
    encode: ([cases, ...rest]) => (operationsOf(cases), [cases, ...rest]),
    direct: ([cases, options], { timeout, signal }) => {
      if (heap.way.kind !== 'main') return undefined;
      signal?.throwIfAborted();
      const { immediate = false } = (options ?? {}) as SelectOptions;
      const done = selectNow(operationsOf(cases)) ?? (immediate ? NONE : undefined);
      if (!done && timeout === 0) throw timeoutError(0);
      return done && { value: done };
    },
    reclaim: (got, { args: [cases] }) => {
      const { index, value, closed } = got as Selected;
      if (index >= 0 && !closed)
        operationOf((cases as readonly SelectCase[])[index] as SelectCase).undo(value);
    },
  },
);

/** The explicit face of `select`. */
export const selectAsync = select.async;

const NONE: Selected = Object.freeze({ index: -1, value: undefined, closed: false });

/** What plain code on the main thread need not wait for. */
function selectNow(operations: readonly Operation[]): Selected | undefined {
  for (const index of shuffled(operations.length)) {
    const operation = operations[index] as Operation;
    const done = attempt(operation, index);
    if (done) return done;
    const ready = operation.commit?.();
    if (!ready) continue;
    ready.act();
    return { index, value: undefined, closed: false };
  }
  return undefined;
}

function operationsOf(cases: unknown): Operation[] {
  if (!Array.isArray(cases) || cases.length === 0)
    throw invalidArgument('select() takes a list of one case or more.');
  return cases.map((one: unknown, index) => {
    checkCase(one, index + 1);
    return operationOf(one);
  });
}

/** What each case is about. */
const SUBJECTS = { receive: Channel, send: Channel, get: Queue, put: Queue } as const;

function checkCase(one: unknown, place: number): asserts one is SelectCase {
  const what = `Case ${place} of select()`;
  const kind = typeof one === 'object' && one !== null && !(one instanceof Primitive) ? one : {};
  for (const [verb, Type] of Object.entries(SUBJECTS)) {
    if (!(verb in kind)) continue;
    if ((kind as Record<string, unknown>)[verb] instanceof Type) return;
    throw invalidArgument(
      `${what} is to ${verb}, and so takes a ${Type.name}: { ${verb}: ${Type.name.toLowerCase()} }. ` +
        'Channels send and receive; queues put and get.',
    );
  }
  if ('after' in kind) return;
  throw invalidArgument(
    `${what} is none of { receive: channel }, { send: channel, value }, { get: queue }, { put: queue, value }, { after: milliseconds }.`,
  );
}

function attempt(operation: Operation, index: number): Selected | undefined {
  try {
    const done = operation.attempt();
    return done && { index, value: done.item, closed: false };
  } catch (error) {
    if (isClosed(error)) return { index, value: undefined, closed: true };
    throw error;
  }
}

function operationOf(one: SelectCase): Operation {
  if ('receive' in one) {
    const core = one.receive[CORE] as ChannelCore<unknown>;
    return {
      attempt: () => core.tryReceive() ?? failIf(core.closed, () => core.receive()),
      wait: () => core.receiveWait(),
      undo: (value) => core.giveBack(value),
    };
  }
  if ('get' in one) {
    const core = one.get[CORE] as QueueCore<unknown>;
    return {
      attempt: () => core.tryGet() ?? failIf(core.closed, () => core.get()),
      wait: () => core.getWait(),
      undo: (item) => core.giveBack(item),
    };
  }
  if ('send' in one) {
    const core = one.send[CORE] as ChannelCore<unknown>;
    return {
      attempt: () => failIf(core.closed, () => core.trySend(one.value)),
      wait: () => core.sendWait(one.value),
      undo: () => {},
      commit: () => core.commit(one.value),
    };
  }
  if ('put' in one) {
    const core = one.put[CORE] as QueueCore<unknown>;
    return {
      attempt: () => failIf(core.closed, () => core.tryPut(one.value)),
      wait: () => core.putWait(one.value),
      undo: () => {},
      commit: () => core.commit(one.value, undefined),
    };
  }
  const ms = checkMilliseconds((one as { after?: unknown }).after, 'after');
  return {
    attempt: () => undefined,
    wait: () =>
      new Wait<unknown>((waker) => {
        const timer = clock().setTimer(() => void waker.wake(undefined), ms);
        return () => timer.cancel();
      }),
    undo: () => {},
  };
}

/** Throws what the operation throws on something closed. */
function failIf(closed: boolean, operation: () => unknown): undefined {
  if (closed) operation();
  return undefined;
}

function shuffled(length: number): number[] {
  const order = Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}
