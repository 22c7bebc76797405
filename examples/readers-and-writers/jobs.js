import { sleep } from 'coppice';

/** Reads the table again and again; what it reads must never be half of a change. */
export function reader(lock, table, times) {
  let torn = 0;
  for (let i = 0; i < times; i++) {
    lock.withRead(() => {
      const before = table[0];
      sleep(1);
      if (table[1] !== before) torn++;
    });
  }
  return torn;
}

/** Changes both cells, with a pause in between. */
export function writer(lock, table, times) {
  for (let i = 0; i < times; i++) {
    lock.withWrite(() => {
      table[0]++;
      sleep(1);
      table[1]++;
    });
  }
}
