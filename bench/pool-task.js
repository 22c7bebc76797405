/** The least a task can do. Node's own module format for all three pools. */
export default function task(value) {
  return value;
}
