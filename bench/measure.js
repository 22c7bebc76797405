/**
 * Measuring and printing. All rivals of one measure run in interleaved rounds, so that whatever else the machine does
 * meets all of them; what is reported are medians over the rounds, and ratios between medians of the same run.
 */

/** The median of some numbers. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs each contender once per round, in a different order each time, and gives the median of what each returned.
 *
 * @param {Record<string, (round: number) => Promise<number> | number>} contenders
 */
export async function interleave(rounds, contenders) {
  const names = Object.keys(contenders);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    const order = names.map((_, index) => names[(index + round + names.length) % names.length]);
    for (const name of order) {
      const result = await contenders[name](round);
      if (round >= 0) results[name].push(result); // the first round warms up
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(results[name])]));
}

const rows = [];

/** Notes one measure. `bar` is the most that `value` may be, or with `atLeast` the least. */
export function report(measure, value, unit, { bar, atLeast = false, note = '' } = {}) {
  const met = bar === undefined ? '' : (atLeast ? value >= bar : value <= bar) ? 'met' : 'MISSED';
  const limit = bar === undefined ? '' : `${atLeast ? '>=' : '<='} ${bar}`;
  rows.push([measure, format(value), unit, limit, met, note]);
}

function format(value) {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

/** Prints all that was noted. */
export function printTable() {
  if (rows.length === 0) return;
  const head = ['measure', 'value', 'unit', 'bar', '', ''];
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => String(row[column]).length)),
  );
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) => String(cell).padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
}
