from gevent import monkey  # noqa: F401  (not patched: the server is gevent's own)
from gevent.server import StreamServer
from socket import TCP_NODELAY, IPPROTO_TCP


def echo(connection, address):
    connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    try:
        while chunk := connection.recv(65536):
            connection.sendall(chunk)
    except ConnectionResetError:
        pass


server = StreamServer(('127.0.0.1', 0), echo, backlog=1024)
server.start()
print(server.server_port, flush=True)
server.serve_forever()
