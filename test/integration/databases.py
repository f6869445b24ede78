"""Databases for the tests of an application, each empty at first: files of SQLite, or databases of a real server.

The environment variable TORNADO_TEST_DATABASE names their kind: sqlite, which is what it is unless told otherwise, postgresql or mariadb.
"""

import atexit
import contextlib
import itertools
import os
import sqlite3
import subprocess
import unittest
import urllib.parse

import programs

KIND = os.environ.get("TORNADO_TEST_DATABASE", "sqlite")
SERVERS = programs.HERE.parent / "unit/database/servers.py"
PASSWORD = "s3cret/@:"


class SQLite:
    def __init__(self, file):
        self.file = file
        self.url = f"sqlite:{file}"

    def query(self, sql):
        with contextlib.closing(sqlite3.connect(self.file)) as connection, connection:
            return connection.execute(sql).fetchall()

    def refuse_updates(self, table):
        self.query(f"CREATE TRIGGER no_room BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'no room'); END")


class ServerDatabase:
    """A database of a server that servers.py runs: it starts with the first of them, and ends with the tests."""

    _process = None
    _server = None
    _numbers = itertools.count(1)
    kind = None

    def __init__(self):
        url, self._socket, _ = self._urls()
        name = f"blog{next(self._numbers)}"
        self._name = "test"
        self.query(f"CREATE DATABASE {name}")
        self._name = name
        self.url = url.rpartition("/")[0] + "/" + name

    @classmethod
    def _urls(cls):
        if cls._server is None:
            command = [programs.PYTHON, "-B", str(SERVERS), str(programs.BUILD / "test/databases"), cls.kind]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            atexit.register(process.communicate)  # the end of its input ends it
            _, state, *words = process.stdout.readline().split()
            cls._process = process
            if state == "missing":
                raise unittest.SkipTest(f"'{words[0]}' is not installed.")
            if state != "ready":
                raise AssertionError(f"no {cls.kind}: {' '.join(words)}")
            cls._server = words
        return cls._server

    @classmethod
    def tell(cls, verb):
        """Has the server stop, or start."""
        print(verb, cls.kind, file=cls._process.stdin, flush=True)
        answer = cls._process.stdout.readline().strip()
        if answer != "done":
            raise AssertionError(answer)

    def query(self, sql):
        done = programs.run(*self.client(), input=sql)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]


class PostgreSQL(ServerDatabase):
    kind = "postgresql"

    def client(self):
        url = self._socket.rpartition("/")[0] + "/" + self._name
        return "psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", url

    def refuse_updates(self, table):
        self.query("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room'; END $$;"
                   f"CREATE TRIGGER no_room BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse();")


class MariaDB(ServerDatabase):
    kind = "mariadb"

    def client(self):
        socket = urllib.parse.unquote(urllib.parse.urlsplit(self._socket).netloc.rpartition("@")[2])
        return "mariadb", "--no-defaults", f"--socket={socket}", "--user=tornado", f"--password={PASSWORD}", "-N", "-B", self._name

    def refuse_updates(self, table):
        self.query(f"CREATE TRIGGER no_room BEFORE UPDATE ON {table} FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no room'")


def make(file):
    """A new database of the kind; `file` is where SQLite has it."""
    return {"sqlite": lambda: SQLite(file), "postgresql": PostgreSQL, "mariadb": MariaDB}[KIND]()


of_servers = unittest.skipIf(KIND == "sqlite", "it is about servers, and SQLite has none")
of_files = unittest.skipUnless(KIND == "sqlite", "it is about files, and these have none")
