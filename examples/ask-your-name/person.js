// One conversation, in blocking style: it neither knows nor cares that two others are going on.
import { readLine } from 'coppice';

export default function person(number) {
  const name = readLine({ prompt: `Person ${number}, what is your name? ` });
  if (name === null) return undefined;
  console.log(`Hello, ${name}!`);
  return name;
}
