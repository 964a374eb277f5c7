#!/usr/bin/env python3
"""Break `git migrate apply` at request after request, and look what is left.

usage: faults.py <scenario> <when> <what> <step>

Runs in a repository whose migrations are the scenario's, on the server that
PGHOST names, with a template database called like the scenario.  Every
<step>-th request is broken as pgproxy.py does it; after each one a second
apply, undisturbed, must leave what the scenario says, with nothing done twice
or lost.  Prints what was wrong, and at the end how many points were tried.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

scenario, when, what, step = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
socket_dir = os.environ["PGHOST"]

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


def sql(text, db="postgres", tries=100):
    """What psql prints; a server that recovers is waited for."""
    while True:
        words = ["psql", "-X", "-q", "-A", "-t", "-d", db,
                 "-v", "ON_ERROR_STOP=1"]
        for one in [text] if isinstance(text, str) else text:
            words += ["-c", one]
        done = subprocess.run(words, capture_output=True, text=True,
                              check=False)
        if done.returncode != 2 or not tries:
            return (done.stdout + done.stderr).strip()
        tries -= 1
        time.sleep(0.05)


def apply(host):
    env = dict(os.environ, PGHOST=host, PGDATABASE="point")
    return subprocess.run(["git-migrate", "apply", "--wait", "60s"], env=env,
                          capture_output=True, text=True, check=False,
                          timeout=120)


def gone():
    """The sessions of a client that was killed end a moment later."""
    for _ in range(200):
        if sql("SELECT count(*) FROM pg_stat_activity WHERE application_name"
               " LIKE 'git-migrate%'") == "0":
            return
        time.sleep(0.02)


def point(n):
    """Break request n: what was wrong, and was it reached?"""
    place = tempfile.mkdtemp(prefix="gm-proxy.", dir="/tmp")
    os.chmod(place, 0o755)
    count = os.path.join(place, "count")
    made = sql(["SET client_min_messages = error",
                "DROP DATABASE IF EXISTS point WITH (FORCE)",
                "CREATE DATABASE point TEMPLATE " + scenario])
    with subprocess.Popen([sys.executable, os.path.join(here, "pgproxy.py"),
                           place, os.path.join(socket_dir, ".s.PGSQL.5432"),
                           str(n), when, what, count],
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as proxy:
        proxy.stdout.readline()
        first = apply(place)
        proxy.stdin.close()
    with open(count, encoding="ascii") as f:
        requests, fired = f.read().split()
    shutil.rmtree(place)
    gone()
    second = apply(socket_dir)
    wrong = []
    if made:
        wrong.append(made)
    if n == 0 and first.returncode:
        wrong.append("undisturbed: %d %s" % (first.returncode, first.stderr))
    allowed = (-9,) if what == "client" and fired == "1" and n else (0, 128)
    if first.returncode not in allowed:
        wrong.append("first: %d %s" % (first.returncode, first.stderr))
    if second.returncode:
        wrong.append("second: %d %s%s" % (second.returncode, second.stdout,
                                          second.stderr))
    gone()
    got = sql([WANT[scenario], ALWAYS], "point")
    if got != "t\n0":
        wrong.append("%s from %s and %s" % (got, WANT[scenario], ALWAYS))
    if wrong:
        wrong.append("first said: " + first.stdout + first.stderr)
    return wrong, int(requests), first.returncode


def main():
    wrong, requests, _ = point(0)
    failed = len(wrong)
    tried = healed = 0
    for line in wrong:
        print("0:", line)
    for n in range(1, requests + 1, int(step)):
        wrong, _, status = point(n)
        tried += 1
        healed += status == 0
        for line in wrong:
            print("%d: %s" % (n, line))
        failed += bool(wrong)
    print("%d points of %d requests, %d healed in the same run, %d wrong"
          % (tried, requests, healed, failed))
    return 1 if failed else 0


sys.exit(main())
