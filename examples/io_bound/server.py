"""A stand-in for a database: one JSON line in, one JSON line out, 20 ms later. Prints its port."""

from __future__ import annotations

import json
import socketserver
import time

LATENCY_S = 0.020


class Query(socketserver.StreamRequestHandler):
    """Answers queries until the client hangs up."""

    def handle(self) -> None:
        """Wait as a network and a disk would, then answer."""
        for line in self.rfile:
            time.sleep(LATENCY_S)
            answer = {"rows": json.loads(line)["query"] + 1}
            self.wfile.write(json.dumps(answer).encode() + b"\n")


class Server(socketserver.ThreadingTCPServer):
    """A thread a connection; none of them keeps the process alive."""

    daemon_threads = True


with Server(("127.0.0.1", 0), Query) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
