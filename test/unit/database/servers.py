"""Real database servers for tests: each with its own data directory, socket and port, as its own user, and always ended.

As a program it takes the names of servers, `postgresql` and `mariadb`, and a folder for what is worth keeping between runs. It
says one line for each: `NAME ready URL SOCKET_URL FOLDER`, `NAME missing PACKAGE` or `NAME failed REASON`. Servers whose names
end in `-tls` have a certificate for localhost, which has been signed by FOLDER/ca.pem; FOLDER/other-ca.pem has signed none, and
FOLDER/client.pem with client.key is one for the user. `postgresql-standby` is a standby without a primary server. `postgresql-pooled` has
a PgBouncer in front of it: its URL leads to sessions, its SOCKET_URL to two connections that change hands between transactions. Then it takes the commands
`kill NAME`, `stop NAME` and `start NAME`, and answers each with `done`, or `failed REASON`. At the end of its input it ends the
servers and goes.
"""

import contextlib
import ctypes
import hashlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None)
USER, PASSWORD, DATABASE = "tornado", "s3cret/@:", "test"
PATIENCE = 120


class Failed(Exception):
    pass


def quote(text):
    return urllib.parse.quote(str(text), safe="")


def unused_port():
    """One that no client is given as its own, as it lies below those: it stays unused until the server has it, also between two of its lives."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = range(10_000, max(lowest, 12_000))
    while True:
        port = random.choice(ports)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def account(name):
    """What a server runs as, as it must not be root: its own user, or ours when we are not root."""
    if os.geteuid() != 0:
        return None
    for candidate in (name, "nobody"):
        try:
            return pwd.getpwnam(candidate)
        except KeyError:
            continue
    raise Failed(f"there is no user {name}")


class Server:
    """A server with its files in a folder of its own under /tmp, as the path of a UNIX socket must be short."""

    name = package = user = None
    ready_within = PATIENCE
    has_tls = False

    def __init__(self, keep):
        self.version = self.find()
        self.folder = Path(tempfile.mkdtemp(prefix="tornado-db-"))
        self.data, self.log = self.folder / "data", self.folder / "log"
        self.account = account(self.user)
        self.process = None
        self._own(self.folder)
        try:
            self._prepare(keep)
            if self.has_tls:
                self._make_certificates()
            self._start_anywhere()
            self.make_database()
        except BaseException:
            self.close()
            raise

    def _own(self, path):
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _become(self):
        """In a child: the server's user, and no longer there than we are."""
        if self.account:
            os.setgroups([])
            os.setgid(self.account.pw_gid)
            os.setuid(self.account.pw_uid)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def run(self, *command, **settings):
        done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL, cwd=self.folder, preexec_fn=self._become, check=False, **settings)
        if done.returncode != 0:
            raise Failed(f"{command[0]}: {done.stdout}")
        return done.stdout

    def _prepare(self, keep):
        """The data directory, of which a packed copy is kept: making one takes seconds."""
        recipe = f"{self.version} {Path(__file__).read_text()} {self.account and self.account.pw_name}"
        packed = Path(keep) / f"{self.name}-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.tar"
        if not packed.exists():
            self.make_data()
            packed.parent.mkdir(parents=True, exist_ok=True)
            new = f"{packed}.{os.getpid()}"
            subprocess.run(["tar", "-C", self.folder, "-cf", new, "data"], check=True)
            os.rename(new, packed)  # whoever was first
        else:
            subprocess.run(["tar", "-C", self.folder, "-xpf", packed], check=True)

    def _make_certificates(self):
        """Authorities, a certificate of the server for localhost alone, and one of a client."""
        def openssl(name, *options):
            key = self.folder / f"{name}.key"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                            "-keyout", key, "-out", self.folder / f"{name}.pem", *options],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
        signed = ("-CA", self.folder / "ca.pem", "-CAkey", self.folder / "ca.key", "-addext", "basicConstraints=CA:FALSE")
        openssl("ca", "-subj", "/CN=Authority")
        openssl("other-ca", "-subj", "/CN=Other authority")
        openssl("server", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", *signed)
        openssl("client", "-subj", f"/CN={USER}", *signed)
        self._own(self.folder / "server.key")  # which nobody else may read
        self.folder.chmod(0o755)
        for name in ("ca", "other-ca", "server", "client"):
            (self.folder / f"{name}.pem").chmod(0o644)

    def _start_anywhere(self):
        for attempts_left in reversed(range(5)):
            self.port = unused_port()
            try:
                return self.start()
            except Failed as failure:
                if not attempts_left or "address already in use" not in str(failure).lower():
                    raise

    def start(self):
        if self.process:
            raise Failed(f"{self.name} runs already")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(part) for part in self.command()], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder, preexec_fn=self._become)
        end = time.monotonic() + self.ready_within
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise Failed(f"{self.name} does not start: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def _end(self, number):
        if self.process:
            self.process.send_signal(number)
            self.process.wait()
            self.process = None

    def kill(self):
        """As if the machine had lost its power: its children end, too, which come to us when it is gone."""
        self._end(signal.SIGKILL)
        for orphan in children() - {server.process.pid for server in servers.values() if server.process}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(orphan, 0)

    def freeze(self, number=signal.SIGSTOP):
        """It lives, but does nothing more; connections are taken by the kernel."""
        for pid in [self.process.pid, *children(self.process.pid)]:
            with contextlib.suppress(ProcessLookupError):  # a child that has ended meanwhile
                os.kill(pid, number)

    def thaw(self):
        self.freeze(signal.SIGCONT)

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgreSQL(Server):
    name, package, user = "postgresql", "postgresql", "postgres"

    def find(self):
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4].split(".")[0]))
        program = found[-1] if found else shutil.which("postgres")
        if not program or not (Path(program).resolve().parent / "initdb").exists():
            raise FileNotFoundError
        self.programs = Path(program).resolve().parent
        return subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout

    def make_data(self):
        password = self.folder / "password"
        password.write_text(PASSWORD)
        self._own(password)
        self.run(self.programs / "initdb", "-D", self.data, "--no-sync", "--no-instructions", "-U", USER, f"--pwfile={password}",
                 "--auth-local=trust", "--auth-host=scram-sha-256", "-E", "UTF8", "--no-locale")

    def command(self):
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder, "fsync": "off",
                    "full_page_writes": "off", "max_connections": 50, "shared_buffers": "16MB",
                    "dynamic_shared_memory_type": "mmap", "shared_memory_type": "mmap"}
        if self.has_tls:
            settings |= {"ssl": "on", "ssl_cert_file": self.folder / "server.pem", "ssl_key_file": self.folder / "server.key",
                         "ssl_ca_file": self.folder / "ca.pem"}
        return [self.programs / "postgres", "-D", self.data, *(f"--{name}={value}" for name, value in settings.items())]

    def answers(self):
        done = subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port)], check=False)
        return done.returncode == 0

    def make_database(self):
        self.run(self.programs / "createdb", "-h", self.folder, "-p", self.port, "-U", USER, DATABASE)

    def stop(self):
        self._end(signal.SIGINT)  # at once, in good order

    def urls(self):
        return (f"postgresql://{USER}:{quote(PASSWORD)}@127.0.0.1:{self.port}/{DATABASE}",
                f"postgresql://{USER}@{quote(self.folder)}:{self.port}/{DATABASE}")


class StandbyPostgreSQL(PostgreSQL):
    """One that only reads, as it waits for what a primary server would send."""

    def make_database(self):
        super().make_database()
        self.stop()
        (self.data / "standby.signal").touch()
        self.start()


class PooledPostgreSQL(PostgreSQL):
    """One whose zone is not UTC, behind a PgBouncer as Debian sets it up. The pooler ends with the folder's owner."""

    package = "pgbouncer"

    def find(self):
        self.pooler = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
        if not self.pooler:
            raise FileNotFoundError
        return super().find()

    def command(self):
        return [*super().command(), "--timezone=Asia/Tokyo"]

    def make_database(self):
        super().make_database()
        self.pooler_port = unused_port()
        (self.folder / "users").write_text(f'"{USER}" "{PASSWORD}"\n')
        settings = self.folder / "pgbouncer.ini"
        place = f"host={self.folder} port={self.port} dbname={DATABASE}"
        settings.write_text(f"[databases]\nsessions = {place} pool_mode=session\ntransactions = {place} pool_mode=transaction pool_size=2\n"
                            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.pooler_port}\nunix_socket_dir = {self.folder}\n"
                            f"auth_type = trust\nauth_file = {self.folder}/users\n")
        for file in (settings, self.folder / "users"):
            self._own(file)
        with open(self.log, "ab") as log:
            pooler = subprocess.Popen([self.pooler, "-q", settings], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                      preexec_fn=self._become)
        end = time.monotonic() + self.ready_within
        while not self._pooler_answers():
            if pooler.poll() is not None or time.monotonic() > end:
                raise Failed(f"pgbouncer does not start: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def _pooler_answers(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.pooler_port), timeout=5):
            return True
        return False

    def urls(self):
        return (f"postgresql://{USER}@127.0.0.1:{self.pooler_port}/sessions",
                f"postgresql://{USER}@{quote(self.folder)}:{self.pooler_port}/transactions")


class MariaDB(Server):
    name, package, user = "mariadb", "mariadb-server", "mysql"

    def find(self):
        self.program = shutil.which("mariadbd") or shutil.which("mysqld") or shutil.which("mariadbd", path="/usr/sbin")
        self.maker = shutil.which("mariadb-install-db") or shutil.which("mysql_install_db")
        if not self.program or not self.maker:
            raise FileNotFoundError
        return subprocess.run([self.program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout

    def make_data(self):
        self.run(self.maker, "--no-defaults", f"--datadir={self.data}", "--auth-root-authentication-method=normal", "--skip-test-db",
                 "--skip-name-resolve", "--innodb-log-file-size=4M")

    def command(self):
        init = self.folder / "init.sql"
        init.write_text(f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
                        f"GRANT ALL ON *.* TO '{USER}'@'%';\n"
                        f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET latin1;\n")  # so that it shows who takes care
        return [self.program, "--no-defaults", f"--datadir={self.data}", f"--socket={self.folder}/socket", f"--port={self.port}",
                "--bind-address=127.0.0.1", "--skip-name-resolve", f"--pid-file={self.folder}/pid", f"--init-file={init}",
                "--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=2", "--skip-log-bin",
                "--innodb-fast-shutdown=2", "--default-time-zone=+05:00", "--sql-mode=", "--max-connections=50",
                *([f"--ssl-cert={self.folder}/server.pem", f"--ssl-key={self.folder}/server.key", f"--ssl-ca={self.folder}/ca.pem"]
                  if self.has_tls else ["--skip-ssl"])]

    def answers(self):
        """Whether it greets: a greeting begins with its length and the protocol's version, which is 10."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                return connection.recv(5)[4:5] == b"\x0a"
        except OSError:
            return False

    def make_database(self):
        """Its init file does."""

    def stop(self):
        self._end(signal.SIGTERM)

    def urls(self):
        return (f"mysql://{USER}:{quote(PASSWORD)}@127.0.0.1:{self.port}/{DATABASE}",
                f"mysql://{USER}:{quote(PASSWORD)}@{quote(self.folder / 'socket')}/{DATABASE}")


class SecurePostgreSQL(PostgreSQL):
    has_tls = True


class SecureMariaDB(MariaDB):
    has_tls = True


KINDS = {"postgresql": PostgreSQL, "mariadb": MariaDB, "postgresql-tls": SecurePostgreSQL, "mariadb-tls": SecureMariaDB,
         "postgresql-standby": StandbyPostgreSQL, "postgresql-pooled": PooledPostgreSQL}


servers = {}  # those that run


def children(process="self"):
    """Our children: of a process that has ended, its children have become ours."""
    return {int(pid) for tasks in Path(f"/proc/{process}/task").glob("*/children") for pid in tasks.read_text().split()}


def one_line(error):
    return " ".join(str(error).split())


def main(keep, *names):
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the test that is interrupted closes our input
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        for name in names:
            kind = KINDS[name]
            try:
                servers[name] = kind(keep)
                print(name, "ready", *servers[name].urls(), servers[name].folder, flush=True)
            except FileNotFoundError:
                print(name, "missing", kind.package, flush=True)
            except (Failed, OSError, subprocess.SubprocessError) as error:
                print(name, "failed", one_line(error), flush=True)
        for line in sys.stdin:
            verb, name = line.split()
            try:
                getattr(servers[name], verb)()
                print("done", flush=True)
            except (Failed, OSError) as error:
                print("failed", one_line(error), flush=True)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # which comes when our parent has died: we are ending already
        for server in servers.values():
            server.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
