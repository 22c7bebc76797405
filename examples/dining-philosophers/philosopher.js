import { sleep } from 'coppice';

/** Thinks and eats. Taking the forks in the order in which they are given, one waits for the second with the first. */
export default function philosopher(name, first, second, { meals, pause, seated }) {
  seated.wait();
  for (let meal = 0; meal < meals; meal++) {
    first.with(() => {
      sleep(pause);
      second.with(() => sleep(2));
    });
  }
  return `${name} has eaten ${meals} times`;
}
