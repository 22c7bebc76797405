/**
 * What can be watched through diagnostics channels.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, test } from 'vitest';
import { GreenThread } from 'coppice';

test('tells of threads and of the calls that the hub performs for them', async () => {
  const seen: string[] = [];
  const listen = (message: unknown, name: string | symbol): void => {
    const { thread, name: call = '' } = message as { thread: GreenThread; name?: string };
    if (thread.name.startsWith('watched')) seen.push(`${String(name)} ${call}`.trim());
  };
  const channels = ['coppice.thread.start', 'coppice.thread.end', 'coppice.call.start'];
  for (const channel of channels) subscribe(channel, listen);
  try {
    const thread = new GreenThread(new URL('../fixtures/scripts/receive.js', import.meta.url), {
      name: 'watched',
    });
    thread.start();
    thread.send('message');
    expect(await thread).toBe('message');
    expect(seen).toEqual([
      'coppice.thread.start',
      'coppice.call.start thread.receive',
      'coppice.thread.end',
    ]);
  } finally {
    for (const channel of channels) unsubscribe(channel, listen);
  }
});
