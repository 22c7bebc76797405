// An ordinary blocking script. `coppice run examples/hello/hello.js --copies 10` runs ten of it at once.
import { sleep } from 'coppice';

console.log('Hello');
sleep(3000);
console.log('World!');
