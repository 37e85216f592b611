"""Waits for a database: five queries over a socket, a little parsing. More memory buys nothing.

The database is `server.py`, a stand-in that answers after 20 ms. It is started with the function, because
an example has to run without anything installed.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

QUERIES = 5


def handler(event, context):
    """Ask the database a few times and add up what it says."""
    total = 0
    with socket.create_connection(ADDRESS, timeout=5) as connection, connection.makefile("rw") as stream:
        for query in range(int(event.get("queries", QUERIES))):
            stream.write(json.dumps({"query": query}) + "\n")
            stream.flush()
            total += json.loads(stream.readline())["rows"]
    return {"rows": total}


def _start_database() -> tuple[str, int]:
    server = Path(__file__).with_name("server.py")
    process = subprocess.Popen([sys.executable, str(server)], stdout=subprocess.PIPE, text=True)
    return "127.0.0.1", int(process.stdout.readline())


ADDRESS = _start_database()
