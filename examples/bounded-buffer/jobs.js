export function produce(buffer, from, to) {
  for (let item = from; item < to; item++) buffer.put(item);
}

export function consume(buffer) {
  let sum = 0;
  for (const item of buffer) sum += item;
  return sum;
}
