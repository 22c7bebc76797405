// Five philosophers, five forks. If each takes the left fork first they can all end up with one fork, waiting for ever:
// that deadlock is found and named. With the forks in one global order it cannot happen.
import { Barrier, DeadlockError, Lock, spawn } from 'coppice';

const names = ['Plato', 'Hypatia', 'Confucius', 'Hume', 'Arendt'];
const module = new URL('./philosopher.js', import.meta.url);

function dine({ ordered, pause }) {
  const forks = names.map(() => new Lock());
  // So that they really begin together.
  const seated = new Barrier(names.length);
  return names.map((name, seat) => {
    const sides = [seat, (seat + 1) % names.length];
    if (ordered) sides.sort((a, b) => a - b);
    const [first, second] = sides.map((side) => forks[side]);
    return spawn(module, name, first, second, { meals: 3, pause, seated });
  });
}

console.log('Left fork first:');
for (const thread of dine({ ordered: false, pause: 500 })) {
  try {
    console.log(' ', await thread);
  } catch (error) {
    if (!(error instanceof DeadlockError)) throw error;
    console.log(`  ${error.name}: ${error.blocked.length} wait for each other`);
  }
}

console.log('Lower fork first:');
for (const line of await Promise.all(dine({ ordered: true, pause: 5 }))) console.log(' ', line);
