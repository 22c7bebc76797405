// Asks three people for their names, one after the other at one keyboard, while a clock ticks.
import { spawn } from 'coppice';

const started = Date.now();
const clock = setInterval(() => {
  console.log(`(${Math.round((Date.now() - started) / 1000)} s)`);
}, 1000);

const people = [1, 2, 3].map((number) => spawn(new URL('./person.js', import.meta.url), number));
const names = await Promise.all(people);
clearInterval(clock);

console.log(`Nice to have met you: ${names.map((name) => name ?? 'somebody').join(', ')}.`);
