// Two cashiers, three baristas, and a queue between them: green threads in Workers, with customers who are coroutines.
import { Channel, Queue, wrap } from 'coppice';

const staff = wrap(new URL('./staff.js', import.meta.url));
const door = new Channel();
const orders = new Queue({ maxSize: 5 });
const counter = new Queue();

const cashiers = [1, 2].map(() => staff.cashier(door, orders));
const baristas = [1, 2, 3].map(() => staff.barista(orders, counter));

const customers = Array.from({ length: 20 }, (_, index) => `customer ${index + 1}`);
const served = Promise.all(customers.map(() => counter.getAsync()));
for (const customer of customers) await door.sendAsync(customer);
door.close();

const taken = await Promise.all(cashiers);
await orders.joinAsync();
orders.shutdown();
const made = await Promise.all(baristas);
const drinks = await served;

const total = (numbers) => numbers.reduce((sum, each) => sum + each, 0);
console.log(
  `${total(taken)} orders taken by 2 cashiers, ${total(made)} drinks made by 3 baristas.`,
);
console.log(`${new Set(drinks.map((drink) => drink.split(' for ')[1])).size} customers served.`);
