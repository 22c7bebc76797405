/** Wrong arguments are told at once, with a code and what to give instead. */
import { expect, test } from 'vitest';
import {
  Channel,
  Condition,
  Event,
  Group,
  Lock,
  LifoQueue,
  Pool,
  PriorityQueue,
  Queue,
  select,
  selectAsync,
  spawn,
} from 'coppice';
import { fixture, rejection, thrownBy } from '../support.ts';

const any = (value: unknown): never => value as never;

test.each<[string, () => unknown, RegExp]>([
  ['a number for options', () => new Queue(any(5)), /\{ maxSize: 5 \}; got 5/],
  ['no options', () => new Queue(any(null)), /object.*got null/],
  ['a misspelt option', () => new Queue(any({ maxsize: 5 })), /no option maxsize.*maxSize/],
  ['compare in a plain queue', () => new LifoQueue(any({ compare: () => 0 })), /compare/],
  ['compare is no function', () => new PriorityQueue({ compare: any('x') }), /compare must be/],
  ['maxPending', () => new Pool(1).imap('/x', [], { maxPending: any('x') }), /maxPending.*got x/],
  ['a group with a size', () => new Group(any('x')), /new Pool/],
  ['no thread', () => new Group().add(any(5)), /green thread; got 5/],
  [
    'a negative number',
    () => {
      const c = new Condition();
      c.with(() => c.notify(-1));
    },
    /got -1/,
  ],
  ['nothing to run', () => new Lock().with(any(undefined)), /function.*got undefined/],
  ['no cases', () => select(any(undefined)), /list of one case/],
  ['a channel for a case', () => select([any(new Channel())]), /Case 1 of select\(\) is none of/],
  ['no case', () => select([{ get: any(new Queue()) }, any(null)]), /Case 2 of select/],
  ['a queue to receive from', () => select([{ receive: any(new Queue()) }]), /takes a Channel/],
  ['a channel to get from', () => select([{ get: any(new Channel()) }]), /takes a Queue/],
])('%s', (_name, call, message) => {
  const error = thrownBy(call) as Error;
  expect(error).toMatchObject({ code: 'ERR_COPPICE_INVALID_ARGUMENT' });
  expect(error.message).toMatch(message);
});

test('a link that could not be called is refused, and not when it is too late', async () => {
  const event = new Event();
  event.set();
  const thread = spawn(fixture('sync/square.js'), 2);
  await thread;
  for (const source of [event, thread]) {
    const error = thrownBy(() => source.rawLink(any(5))) as Error;
    expect(error).toMatchObject({
      code: 'ERR_COPPICE_INVALID_ARGUMENT',
      message: expect.stringMatching(/takes a function to call; got number/) as string,
    });
  }
});

test('waiting without the condition is refused, and not tried for ever', async () => {
  const { wait: detached, waitAsync } = new Condition();
  expect(thrownBy(() => detached())).toMatchObject({ code: 'ERR_COPPICE_INVALID_ARGUMENT' });
  expect(await rejection(waitAsync())).toMatchObject({ code: 'ERR_COPPICE_INVALID_ARGUMENT' });
});

test('explicit faces reject', async () => {
  expect(await rejection(selectAsync([any(null)]))).toMatchObject({
    code: 'ERR_COPPICE_INVALID_ARGUMENT',
  });
  expect(await rejection(new Lock().withAsync(any(undefined)))).toMatchObject({
    code: 'ERR_COPPICE_INVALID_ARGUMENT',
  });
});
