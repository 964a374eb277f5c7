#!/usr/bin/env python3
"""Break `git migrate apply` at request after request, and look what is left.

usage: faults.py <scenario> <when> <what> <step>
       faults.py many

Runs in the directory that holds a repository for each scenario, with the SQL
of what its database holds before in setup.sql, on the server that PGHOST
names, where each has a database of its name.  Every <step>-th request is
broken as pgproxy.py does it, and with `after` each COMMIT; a second apply,
undisturbed, must then leave what the scenario says, with nothing done twice or
lost.  `many` has two to eight of them run at once, of which one is broken.
Prints what was wrong, and at the end how many points were tried.
"""
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from pgproxy import Proxy

socket_dir = os.environ["PGHOST"]
server_path = os.path.join(socket_dir, ".s.PGSQL.5432")

WANT = {
    "transactional": """
        SELECT (SELECT n FROM counter) = 3
        AND to_regclass('a') IS NOT NULL AND to_regclass('b') IS NOT NULL""",
    "stepwise": """
        SELECT (SELECT n FROM counter) = 2 AND (SELECT count(*) = 3
        AND bool_and(indisvalid AND indisready) FROM pg_index
        WHERE indrelid = 'a'::regclass) AND (SELECT count(*) = 1
        FROM pg_enum WHERE enumlabel = 'new') AND (SELECT count(*) = 1
        FROM e WHERE v = 'new')""",
    "backfill": """
        SELECT (SELECT count(*) = 5000 AND bool_and(n = 1) FROM a)
        AND (SELECT count(*) = 5000 AND count(DISTINCT id) = 5000 FROM copy)
        AND (SELECT count(*) = 0 FROM old WHERE id % 2 = 0)
        AND (SELECT count(*) = 1500 FROM old)""",
}
ALWAYS = """
    SELECT (SELECT count(*) FROM git_migrate.migration WHERE state <> 'applied')
    + (SELECT count(*) FROM git_migrate.step WHERE state <> 'done')
    + (SELECT count(*) FROM (SELECT migration FROM git_migrate.event
    WHERE kind = 'applied' GROUP BY 1 HAVING count(*) <> 1) x)
    + (SELECT count(*) FROM pg_stat_activity WHERE application_name
    LIKE 'git-migrate%' AND datname = current_database())
    + (SELECT count(*) FROM pg_index WHERE NOT indisvalid)"""
CLEAR = """
    SET client_min_messages = error;
    DROP SCHEMA IF EXISTS git_migrate CASCADE;
    DROP SCHEMA public CASCADE; CREATE SCHEMA public;"""
OURS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name LIKE 'git-migrate%'"""


def message(s):
    """The next message of the server: its kind and what it holds."""
    data = b""
    size = 5
    while len(data) < size:
        got = s.recv(size - len(data))
        if not got:
            raise OSError("closed")
        data += got
        if len(data) == 5:
            size = struct.unpack("!I", data[1:])[0] + 1
    return data[:1], data[5:]


def talk(db, text):
    """What the statements give: the first column of each row, or errors."""
    out = []
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(server_path)
        words = b"user\0postgres\0database\0" + db.encode() + b"\0\0"
        s.sendall(struct.pack("!II", len(words) + 8, 196608) + words)
        while True:
            kind, data = message(s)
            if kind == b"E":
                raise OSError(data.decode())
            if kind == b"Z":
                break
        query = text.encode() + b"\0"
        s.sendall(b"Q" + struct.pack("!I", len(query) + 4) + query)
        while True:
            kind, data = message(s)
            if kind == b"Z":
                return out
            if kind == b"E":
                out.append(data.replace(b"\0", b" ").decode())
            elif kind == b"D":
                size = struct.unpack("!i", data[2:6])[0]
                out.append(data[6:6 + max(size, 0)].decode())


def sql(db, text):
    """The same; a server that recovers is waited for."""
    until = time.monotonic() + 60
    while True:
        try:
            return talk(db, text)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def apply(scenario, host):
    env = dict(os.environ, PGHOST=host, PGDATABASE=scenario)
    return subprocess.Popen(["git-migrate", "apply", "--wait", "60s"],
                            cwd=scenario, env=env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def gone():
    """The sessions of a client that was killed end a moment later."""
    until = time.monotonic() + 60
    while sql("postgres", OURS) != ["0"] and time.monotonic() < until:
        time.sleep(0.01)


class Point:
    """Break request n of so many appliers at once: what was wrong?"""

    def __init__(self, scenario, n, when, what, many=1):
        self.wrong = []
        self.scenario, self.n, self.what = scenario, n, what
        with open(os.path.join(scenario, "setup.sql"), encoding="utf-8") as f:
            made = sql(scenario, CLEAR + f.read())
        if made:
            self.wrong.append(" ".join(made))
        place = tempfile.mkdtemp(prefix="gm-proxy.", dir="/tmp")
        os.chmod(place, 0o755)
        self.proxy = Proxy(place, server_path, n, when, what)
        firsts = [apply(scenario, place) for _ in range(many)]
        self.healed = True
        for first in firsts:
            self.judge(first)
        self.proxy.stop()
        shutil.rmtree(place)
        self.finish()

    def judge(self, first):
        out, err = first.communicate(timeout=120)
        self.healed = self.healed and first.returncode == 0
        allowed = (0, 128)
        if not self.n:
            allowed = (0,)
        elif self.proxy.victim == first.pid:
            allowed = (-9,)
        if first.returncode not in allowed:
            self.wrong.append("first: %d %s%s" % (first.returncode, out, err))

    def finish(self):
        gone()
        second = apply(self.scenario, socket_dir)
        out, err = second.communicate(timeout=120)
        if second.returncode:
            self.wrong.append("second: %d %s%s" % (second.returncode, out,
                                                   err))
        got = sql(self.scenario, WANT[self.scenario]) + sql(self.scenario,
                                                            ALWAYS)
        if got != ["t", "0"]:
            self.wrong.append("%s from %s and %s" % (
                got, WANT[self.scenario], ALWAYS))


class Tally:
    """All points of a run."""

    def __init__(self):
        self.tried = self.healed = self.failed = 0

    def add(self, p):
        self.tried += p.proxy.fired
        self.healed += p.proxy.fired and p.healed
        self.failed += bool(p.wrong)
        if os.environ.get("GM_FAULT_TRACE"):
            print("%.1f %s %d %s" % (time.monotonic(), p.scenario, p.n,
                                     p.what), file=sys.stderr, flush=True)
        for line in p.wrong:
            print("%s %d: %s" % (p.scenario, p.n, line))

    def end(self, requests):
        print("%d points of %d requests, %d healed in the same run, %d wrong"
              % (self.tried, requests, self.healed, self.failed))
        return 1 if self.failed else 0


def each(scenario, when, what, step):
    tally = Tally()
    whole = Point(scenario, 0, when, what)
    tally.add(whole)
    # Each way begins at another one, so that together they meet more.
    first = 1 + sum(map(ord, when + what)) % step
    points = set(range(first, whole.proxy.requests + 1, step))
    if when == "after":
        points |= set(whole.proxy.commits)
    for n in sorted(points):
        tally.add(Point(scenario, n, when, what))
    return tally.end(whole.proxy.requests)


def at_once():
    tally = Tally()
    kinds = ["client", "server", "cut"]
    for many in range(2, 9):
        scenario = list(WANT)[many % 3]
        tally.add(Point(scenario, 20 * many, "before", kinds[many // 3], many))
    return tally.end(7)


if sys.argv[1] == "many":
    sys.exit(at_once())
sys.exit(each(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
