// Ordinary async code: it knows nothing of green threads. It runs once, beside the main thread's loop, with one pool of
// five connections for everybody.
//
// With DATABASE_URL the pool is that of `pg`, and five queries really run at once in PostgreSQL. Without it PGlite (all
// of PostgreSQL, inside this process) is used, behind a pool of the same size. PGlite has one session and executes one
// query after the other, mostly within one turn of the loop, so that few of the five admitted ones are ever in flight.
const CONNECTIONS = 5;

let inFlight = 0;
let most = 0;
let count = 0;

const backend = process.env.DATABASE_URL ? postgres(process.env.DATABASE_URL) : pglite();

export async function query(sql, params = []) {
  const { connect } = await backend;
  const connection = await connect();
  most = Math.max(most, ++inFlight);
  count++;
  try {
    return (await connection.query(sql, params)).rows;
  } finally {
    inFlight--;
    connection.release();
  }
}

export async function statistics() {
  return { database: (await backend).name, connections: CONNECTIONS, queries: count, most };
}

export function resetStatistics() {
  most = 0;
  count = 0;
}

export async function close() {
  await (await backend).close();
}

async function postgres(connectionString) {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
  return { name: 'PostgreSQL', connect: () => pool.connect(), close: () => pool.end() };
}

async function pglite() {
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create();
  const slots = semaphore(CONNECTIONS);
  return {
    name: 'PGlite',
    connect: async () => ({
      release: await slots.take(),
      query: (sql, params) => database.query(sql, params),
    }),
    close: () => database.close(),
  };
}

/** At most `free` holders at once; the others wait, first come, first served. */
function semaphore(free) {
  const waiting = [];
  const release = () => {
    const next = waiting.shift();
    if (next) next(release);
    else free++;
  };
  return {
    take() {
      if (free === 0) return new Promise((resolve) => waiting.push(resolve));
      free--;
      return Promise.resolve(release);
    },
  };
}
