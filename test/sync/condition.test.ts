/**
 * A `Condition` and the line of its lock against a plain model of both, by Workers, fibers and coroutines mixed, with kills
 * at every stage of a wait and a seeded schedule. After each command both show the same.
 */
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { Condition, configure, Lock, RLock, seedScheduler, useClock, VirtualClock } from 'coppice';
import { rejection, until } from '../support.ts';
import { Cast, KINDS, MAIN, MOST, type Kind } from './cast.ts';

configure({ maxWorkers: 2 * MOST });
afterAll(() => seedScheduler(undefined));

interface Place {
  readonly id: number;
  readonly owner: number;
  /** What he does once he has the lock: keeps it, gives it up to be notified, or gives it up to end. */
  readonly aim: 'keep' | 'wait' | 'end';
  /** Has he been notified? */
  readonly notified: boolean;
}

class Model {
  readonly ended: [id: number, value: unknown][] = [];
  owner: number | undefined;
  line: Place[] = [];
  condition: Place[] = [];

  enter(place: Place): void {
    this.line.push(place);
    if (this.owner === undefined) this.release();
  }

  /** Hands the lock to the first who keeps it. */
  release(): void {
    this.owner = undefined;
    for (let place = this.line.shift(); place; place = this.line.shift()) {
      if (place.aim === 'wait') this.condition.push({ ...place, aim: 'keep' });
      else if (place.aim === 'keep') {
        this.owner = place.owner;
        this.ended.push([place.id, true]);
        return;
      }
    }
  }

  notify(count: number): void {
    for (const place of this.condition.splice(0, count))
      this.line.push({ ...place, notified: true });
  }

  kill(place: Place): void {
    const had = this.condition.includes(place) || place.notified;
    this.condition = this.condition.filter((one) => one !== place);
    this.line = this.line.filter((one) => one !== place);
    if (place.notified) this.notify(1);
    // He gets it back before he ends.
    if (had) this.enter({ ...place, aim: 'end', notified: false });
  }

  /** Those who can be killed. */
  get living(): Place[] {
    return [...this.line, ...this.condition].filter(({ aim }) => aim !== 'end');
  }
}

interface Command {
  readonly kind: Kind;
  readonly what: 'wait' | 'acquire' | 'time out' | 'notify' | 'notifyAll' | 'release' | 'kill';
  readonly pick: number;
}

const command = fc.record<Command>({
  kind: fc.constantFrom(...KINDS),
  what: fc.constantFrom(
    ...(['wait', 'wait', 'wait', 'acquire', 'acquire', 'time out'] as const),
    ...([
      'notify',
      'notify',
      'notifyAll',
      'release',
      'release',
      'release',
      'kill',
      'kill',
    ] as const),
  ),
  pick: fc.nat(1_000),
});

const byId = ([a]: [number, unknown], [b]: [number, unknown]): number => a - b;

async function play(lock: Lock, seed: number, commands: readonly Command[]): Promise<void> {
  const condition = new Condition(lock);
  const model = new Model();
  const cast = new Cast();
  seedScheduler(seed);
  const seen = (): unknown => {
    cast.listen();
    return {
      ended: [...cast.ended].toSorted(byId),
      condition: condition.statistics().waiting,
      line: lock.statistics().waiting,
      locked: lock.locked,
    };
  };
  const same = async (): Promise<void> => {
    const { ended, owner, line, condition: waiting } = model;
    await expect.poll(seen, { timeout: 20_000, interval: 1 }).toEqual({
      ended: ended.toSorted(byId),
      condition: waiting.length,
      line: line.length,
      locked: owner !== undefined,
    });
  };
  const owns = (method: string, ...args: unknown[]): void => {
    const { owner } = model;
    const servant = owner === MAIN ? cast.free('coroutine') : cast.owner(owner as number);
    const object = method === 'release' ? lock : condition;
    model.ended.push([cast.tell(servant, [object, method, ...args]), null]);
  };
  const act = async ({ kind, what, pick }: Command): Promise<void> => {
    const held = model.owner !== undefined;
    if (what === 'kill') {
      const place = model.living[pick % Math.max(1, model.living.length)];
      // One more in the line shows that the killed one has come for the lock; where nobody is notified for him it would not.
      if (!place || (place.notified && model.condition.length === 0)) return;
      const gone = cast.startKill(place.id);
      model.kill(place);
      if (!held) await gone;
    } else if (what === 'notify' || what === 'notifyAll') {
      if (!held) return;
      const count = what === 'notify' ? pick % 3 : Infinity;
      owns(what, ...(what === 'notify' ? [count] : []));
      model.notify(count);
    } else if (what === 'release') {
      if (!held) return;
      owns(what);
      model.release();
    } else {
      // To an RLock all coroutines are one, who comes in again.
      const servant = cast.free(lock instanceof RLock && kind === 'coroutine' ? 'fiber' : kind);
      // Nobody waits for himself, but coroutines for each other.
      if (servant.owner === model.owner && servant.kind !== 'coroutine') return;
      const place = { id: cast.next, owner: servant.owner, notified: false };
      if (what === 'acquire') {
        cast.tell(servant, [lock, 'acquire']);
        model.enter({ ...place, aim: 'keep' });
      } else if (what === 'wait') {
        cast.tell(servant, [null, 'waitKeeping', condition]);
        model.enter({ ...place, aim: 'wait' });
      } else if (!held) {
        cast.tell(servant, [null, 'waitKeeping', condition, { timeout: 4 }]);
        model.owner = place.owner;
        model.ended.push([place.id, false]);
      }
    }
  };
  try {
    for (const each of commands) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      await act(each);
      // oxlint-disable-next-line no-await-in-loop
      await same();
    }
  } finally {
    while (model.owner !== undefined) {
      owns('release');
      model.release();
      // oxlint-disable-next-line no-await-in-loop
      await same();
    }
    await cast.end();
  }
}

// oxlint-disable-next-line vitest/expect-expect -- play() asserts, after each command
test.each([
  ['Lock', () => new Lock()],
  ['RLock', () => new RLock()],
] as const)('those who were notified stand in the line of the %s', (_name, make) =>
  fc.assert(
    fc.asyncProperty(
      fc.nat(1_000),
      fc.array(command, { minLength: 15, maxLength: 40 }),
      (seed, commands) => play(make(), seed, commands),
    ),
    { numRuns: 25, endOnFailure: true },
  ),
);

test('one whose time is over steps into the line in that moment', async () => {
  const clock = new VirtualClock();
  using _ = useClock(clock);
  const condition = new Condition();
  const { lock } = condition;
  const log: unknown[] = [];
  const after = async (name: string, wait: Promise<boolean>): Promise<void> => {
    log.push(name, await wait);
    lock.release();
  };
  await lock.acquireAsync();
  const late = after('late', condition.waitAsync({ timeout: 10 }));
  await lock.acquireAsync();
  clock.advance(10);
  expect([condition.statistics().waiting, lock.statistics().waiting]).toEqual([0, 1]);
  const last = after('last', lock.acquireAsync());
  lock.release();
  await Promise.all([late, last]);
  expect(log).toEqual(['late', false, 'last', true]);
  expect([clock.pending, lock.locked]).toEqual([0, false]);
});

test('a time limit ends with the notification', async () => {
  const clock = new VirtualClock();
  using _ = useClock(clock);
  const condition = new Condition();
  await condition.lock.acquireAsync();
  const notified = condition.waitAsync({ timeout: 10 });
  await condition.lock.acquireAsync();
  condition.notify();
  clock.advance(20);
  condition.lock.release();
  expect(await notified).toBe(true);
  expect(condition.lock.locked).toBe(true);
  condition.lock.release();
});

test('one who is killed after he was notified has the lock when he ends, and the next one is notified', async () => {
  const condition = new Condition();
  const { lock } = condition;
  const log: string[] = [];
  const waiter = async (name: string, signal?: AbortSignal): Promise<void> => {
    await lock.acquireAsync();
    try {
      await condition.waitAsync({ signal });
      log.push(`${name} notified`);
    } finally {
      log.push(`${name} ends, ${lock.statistics().owner}`);
      lock.release();
    }
  };
  const controller = new AbortController();
  const killed = rejection(waiter('first', controller.signal));
  await until(() => condition.statistics().waiting === 1);
  const next = waiter('second');
  await until(() => condition.statistics().waiting === 2);
  await lock.acquireAsync();
  condition.notify();
  controller.abort(new Error('killed'));
  expect(condition.statistics().waiting).toBe(0);
  await until(() => lock.statistics().waiting === 2);
  lock.release();
  expect(await killed).toMatchObject({ message: 'killed' });
  await next;
  expect(log).toEqual(['second notified', 'second ends, main', 'first ends, main']);
  expect(lock.locked).toBe(false);
});

test('the waits of several coroutines, which are one owner, are told apart', async () => {
  const condition = new Condition();
  const { lock } = condition;
  await lock.acquireAsync();
  const waits = condition.waitAsync();
  // It does not own the lock: nothing is given back to it for what the other one gave up.
  expect(await rejection(condition.waitAsync())).toMatchObject({ code: 'ERR_COPPICE_NOT_OWNER' });
  expect(lock.locked).toBe(false);
  await condition.withAsync(() => condition.notify());
  expect(await waits).toBe(true);
  lock.release();
});

test('an RLock comes back as often as it was held', async () => {
  const condition = new Condition(new RLock());
  const { lock } = condition;
  for (let depth = 0; depth < 3; depth++) await lock.acquireAsync();
  const waits = condition.waitAsync();
  expect(lock.locked).toBe(false);
  await condition.withAsync(() => condition.notify());
  expect(await waits).toBe(true);
  expect(lock.statistics().depth).toBe(3);
});
