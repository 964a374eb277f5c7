"""Stand between a client and PostgreSQL, and break things at one request."""
import os
import selectors
import signal
import socket
import struct
import threading
import time


class Pair:
    """One client's connection and ours to the server."""

    def __init__(self, client, server_path):
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


class Proxy(threading.Thread):
    """Listens on <place>/.s.PGSQL.5432, until stop().

    Requests (what a client sends up to the Query or Sync that asks for an
    answer) are counted over all connections.  At number <n>, <when> it was
    sent on ("before") or when its answer is there, which the client will not
    see ("after"), <what> happens: "client" is killed with kill -9, the
    "server" process of the session is, or all connections are "cut".  Then,
    and with <n> 0, it only passes on.  `commits` are the numbers of those that
    end a transaction.
    """

    def __init__(self, place, server_path, n, when, what):
        super().__init__(daemon=True)
        self.server_path, self.n = server_path, n
        self.when, self.what = when, what
        self.select = selectors.DefaultSelector()
        self.pairs = []
        self.requests = 0
        self.commits = []
        self.victim = 0
        self.fired = False
        self.wake = os.pipe()
        path = os.path.join(place, ".s.PGSQL.5432")
        self.listen = socket.socket(socket.AF_UNIX)
        self.listen.bind(path)
        os.chmod(path, 0o777)
        self.listen.listen(64)
        self.select.register(self.listen, selectors.EVENT_READ, "new")
        self.select.register(self.wake[0], selectors.EVENT_READ, "end")
        self.start()

    def stop(self):
        os.write(self.wake[1], b"x")
        self.join()
        for pair in list(self.pairs):
            self.close(pair)
        self.listen.close()
        self.select.close()
        os.close(self.wake[0])
        os.close(self.wake[1])

    def close(self, pair):
        if pair in self.pairs:
            self.pairs.remove(pair)
            for s in (pair.client, pair.server):
                self.select.unregister(s)
                s.close()

    def fire(self, pair):
        self.fired = True
        if self.what == "client":
            self.victim = pair.client_pid
            os.kill(pair.client_pid, signal.SIGKILL)
            while os.path.exists("/proc/%d/cwd" % pair.client_pid):
                time.sleep(0.001)
            for other in list(self.pairs):
                if other.client_pid == pair.client_pid:
                    self.close(other)
        elif self.what == "server":
            os.kill(pair.backend_pid, signal.SIGKILL)
        else:
            for other in list(self.pairs):
                self.close(other)

    def request(self, pair, data):
        """A whole request: pass it on, unless this is the one."""
        self.requests += 1
        if b"COMMIT" in data:
            self.commits.append(self.requests)
        if not self.fired and self.requests == self.n:
            if self.when == "before":
                self.fire(pair)
                if pair not in self.pairs:
                    return
            else:
                pair.due = True
        pair.server.sendall(data)

    def from_client(self, pair):
        data = pair.client.recv(65536)
        if not data:
            self.close(pair)
            return
        pair.pending += data
        if not pair.started:
            if len(pair.pending) < 8:
                return
            size, code = struct.unpack("!II", pair.pending[:8])
            if len(pair.pending) < size:
                return
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
                    return
            elif kind == b"X":
                pair.server.sendall(pair.pending[:at])
                self.close(pair)
                return

    def from_server(self, pair):
        data = pair.server.recv(65536)
        if not data:
            self.close(pair)
            return
        if not pair.backend_pid:
            at = data.find(b"K\0\0\0\x0c")
            if at >= 0:
                pair.backend_pid = struct.unpack("!I", data[at + 5:at + 9])[0]
        if not pair.due:
            pair.client.sendall(data)
            return
        pair.answer += data
        if pair.answer[-6:-1] != b"Z\0\0\0\x05":
            return
        pair.due = False
        self.fire(pair)
        pair.answer = b""

    def accept(self):
        client = self.listen.accept()[0]
        try:
            pair = Pair(client, self.server_path)
        except OSError:
            client.close()
            return
        self.pairs.append(pair)
        self.select.register(pair.client, selectors.EVENT_READ,
                             (self.from_client, pair))
        self.select.register(pair.server, selectors.EVENT_READ,
                             (self.from_server, pair))

    def run(self):
        while True:
            for key, _ in self.select.select():
                if key.data == "end":
                    return
                if key.data == "new":
                    self.accept()
                    continue
                read, pair = key.data
                if pair not in self.pairs:
                    continue
                try:
                    read(pair)
                except OSError:
                    self.close(pair)
