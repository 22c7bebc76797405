// One connection, dealt with in ordinary blocking code.
export function echo(socket) {
  socket.write('Say something, or "quit".\n');
  for (const line of socket.lines()) {
    if (line === 'quit') break;
    socket.write(`${line.toUpperCase()}\n`);
  }
  socket.write('Goodbye!\n');
}
