import { sleep } from 'coppice';

/** Takes orders until the door is closed, and passes each to the baristas. */
export function cashier(door, orders) {
  let taken = 0;
  for (const customer of door) {
    sleep(2);
    orders.put({ customer, drink: taken % 2 === 0 ? 'espresso' : 'flat white' });
    taken++;
  }
  return taken;
}

/** Makes drinks until there are no more orders. */
export function barista(orders, counter) {
  let made = 0;
  for (const { customer, drink } of orders) {
    sleep(drink === 'espresso' ? 3 : 6);
    counter.put(`${drink} for ${customer}`);
    orders.taskDone();
    made++;
  }
  return made;
}
