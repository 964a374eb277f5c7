#!/usr/bin/env python3
"""Stand between a client and PostgreSQL, and break things at one request.

usage: pgproxy.py <dir> <server socket> <n> <when> <what> <count file>

Listens on <dir>/.s.PGSQL.5432.  Requests (what a client sends up to the Query
or Sync that asks for an answer) are counted over all connections.  At number
<n>, <when> it was sent on (`before`) or when its answer is there, which the
client will not see (`after`), <what> happens: `client` is killed with kill -9,
the `server` process of the session is, or all connections are `cut`.  Then,
and with <n> 0, it only passes on.  The number of requests is in <count file>.
Ends when its standard input does.
"""
import os
import selectors
import signal
import socket
import struct
import sys

place, server_path, n, when, what, count_file = sys.argv[1:]
n = int(n)


class Pair:
    """One client's connection and ours to the server."""

    def __init__(self, client):
        self.client = client
        self.server = socket.socket(socket.AF_UNIX)
        self.server.connect(server_path)
        cred = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.client_pid = struct.unpack("3i", cred)[0]
        self.backend_pid = 0
        self.started = False
        self.pending = b""
        self.answer = b""
        self.due = False


class Proxy:
    def __init__(self):
        self.select = selectors.DefaultSelector()
        self.pairs = []
        self.requests = 0
        self.fired = n == 0
        path = os.path.join(place, ".s.PGSQL.5432")
        self.listen = socket.socket(socket.AF_UNIX)
        self.listen.bind(path)
        os.chmod(path, 0o777)
        self.listen.listen(64)
        self.select.register(self.listen, selectors.EVENT_READ, "new")
        self.select.register(sys.stdin, selectors.EVENT_READ, "end")
        print("ready", flush=True)

    def close(self, pair):
        if pair in self.pairs:
            self.pairs.remove(pair)
            for s in (pair.client, pair.server):
                self.select.unregister(s)
                s.close()

    def fire(self, pair):
        self.fired = True
        if what == "client":
            os.kill(pair.client_pid, signal.SIGKILL)
            while os.path.exists("/proc/%d/cwd" % pair.client_pid):
                pass
            for other in list(self.pairs):
                if other.client_pid == pair.client_pid:
                    self.close(other)
        elif what == "server":
            os.kill(pair.backend_pid, signal.SIGKILL)
        else:
            for other in list(self.pairs):
                self.close(other)

    def request(self, pair, data):
        """A whole request: pass it on, unless this is the one."""
        self.requests += 1
        if not self.fired and self.requests == n:
            if when == "before":
                self.fire(pair)
                if pair not in self.pairs:
                    return
            else:
                pair.due = True
        pair.server.sendall(data)

    def from_client(self, pair):
        data = pair.client.recv(65536)
        if not data:
            return self.close(pair)
        pair.pending += data
        if not pair.started:
            if len(pair.pending) < 8:
                return None
            size, code = struct.unpack("!II", pair.pending[:8])
            if len(pair.pending) < size:
                return None
            pair.server.sendall(pair.pending[:size])
            pair.pending = pair.pending[size:]
            pair.started = code >> 16 == 3
        at = 0
        while len(pair.pending) - at >= 5:
            kind = pair.pending[at:at + 1]
            size = struct.unpack("!I", pair.pending[at + 1:at + 5])[0] + 1
            if len(pair.pending) - at < size:
                break
            at += size
            if kind in b"QS":
                self.request(pair, pair.pending[:at])
                pair.pending = pair.pending[at:]
                at = 0
                if pair not in self.pairs:
                    return None
            elif kind == b"X":
                pair.server.sendall(pair.pending[:at])
                return self.close(pair)
        return None

    def from_server(self, pair):
        data = pair.server.recv(65536)
        if not data:
            return self.close(pair)
        if not pair.backend_pid:
            at = data.find(b"K\0\0\0\x0c")
            if at >= 0:
                pair.backend_pid = struct.unpack("!I", data[at + 5:at + 9])[0]
        if not pair.due:
            return pair.client.sendall(data)
        pair.answer += data
        if pair.answer[-6:-1] != b"Z\0\0\0\x05":
            return None
        pair.due = False
        self.fire(pair)
        if pair in self.pairs and what == "server":
            pair.answer = b""
        return None

    def run(self):
        while True:
            for key, _ in self.select.select():
                if key.data == "end":
                    with open(count_file, "w", encoding="ascii") as out:
                        out.write("%d %d\n" % (self.requests, self.fired))
                    return
                if key.data == "new":
                    pair = Pair(self.listen.accept()[0])
                    self.pairs.append(pair)
                    self.select.register(pair.client, selectors.EVENT_READ,
                                         ("client", pair))
                    self.select.register(pair.server, selectors.EVENT_READ,
                                         ("server", pair))
                    continue
                side, pair = key.data
                if pair not in self.pairs:
                    continue
                try:
                    if side == "client":
                        self.from_client(pair)
                    else:
                        self.from_server(pair)
                except OSError:
                    self.close(pair)


Proxy().run()
