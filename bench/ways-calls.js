/** The two blocking calls that the fallback is measured with: their implementations are those of the raw rivals. */
export async function echo(value) {
  return value;
}

export async function get(url) {
  return (await fetch(url)).text();
}
