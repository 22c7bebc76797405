/**
 * Lines from a pipe or a file: read as they come, prompts written as they are.
 */
import type { Input, InputEvents } from './line-reader.ts';

export function openPipe(events: InputEvents): Input {
  const { stdin } = process;
  let reading = false;
  stdin.on('data', (chunk: Uint8Array) => events.data(chunk));
  stdin.on('end', () => events.end());
  stdin.on('close', () => events.end());
  // Reading from a closed or broken stdin is the end of the input, as it is for a shell's `read`.
  stdin.on('error', () => events.end());
  stdin.pause();
  return {
    prompt: (text) => {
      if (text) process.stdout.write(text);
    },
    read: () => {
      if (reading) return;
      reading = true;
      stdin.resume();
    },
    stop: () => {
      if (!reading) return;
      reading = false;
      stdin.pause();
    },
  };
}
