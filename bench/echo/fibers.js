// Blocking style: a fiber for each connection. Run with --import coppice/register.
import { listen, serve } from '../../dist/index.js';

function echo(socket) {
  try {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) socket.write(chunk);
  } catch (error) {
    if (error.code !== 'ECONNRESET') throw error;
  }
}

const server = listen(0, '127.0.0.1');
console.log(server.address().port);
serve(server, echo);
