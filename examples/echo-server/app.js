// A server in blocking style, with a green thread for each connection, and a thousand clients of the same kind.
//   npx coppice run --fibers examples/echo-server/app.js
// With a port it only serves; talk to it with nc localhost 7000:
//   npx coppice run --fibers examples/echo-server/app.js 7000
import { connect, joinAll, listen, serve, spawn } from 'coppice';
import { echo } from './echo.js';

function visit(port, name) {
  const socket = connect(port, '127.0.0.1');
  const greeting = socket.readLine();
  socket.write(`hello from ${name}\nquit\n`);
  const lines = [greeting, ...socket.lines()];
  socket.close();
  return lines;
}

const port = Number(process.argv[2] ?? 0);
const server = listen(port, '127.0.0.1');
if (port !== 0) serve(server, echo);
else {
  const serving = spawn(serve, server, echo);
  const visitors = Array.from({ length: 1000 }, (_, number) =>
    spawn(visit, server.address().port, `visitor ${number}`),
  );
  joinAll(visitors, { throwOnError: true });
  console.log(`${visitors.length} visitors; the last one read:`);
  for (const line of visitors.at(-1).value) console.log(`  ${line}`);
  server.close();
  serving.join();
}
