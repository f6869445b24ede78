"""Brokers in forked workers, and on several machines, with a real Redis between them."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import programs

APP = programs.BUILD / "test/integration/pubsub_app"
PATIENCE = 120


def wait_until(happened, what):
    end = time.monotonic() + PATIENCE
    while not (value := happened()):
        if time.monotonic() > end:
            raise AssertionError(f"does not happen: {what}")
        time.sleep(0.02)
    return value


def unused_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Redis:
    """A redis-server of its own, on a free port, with its files in its own folder."""

    def __init__(self, *options, tls=None):
        self.program = shutil.which("redis-server")
        if self.program is None:
            raise AssertionError("redis-server is missing: apt-get install redis-server")
        self._folder = tempfile.TemporaryDirectory()
        self._options, self._tls, self._process, self._reader = options, tls, None, None
        self.port = unused_port()
        self.start()

    def start(self):
        ports = ["--port", "0", "--tls-port", str(self.port), *self._tls] if self._tls else ["--port", str(self.port)]
        self._process = subprocess.Popen(
            [self.program, *ports, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", self._folder.name,
             "--daemonize", "no", *self._options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=programs.die_with_parent)
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "Ready to accept connections" in line:
                self._reader = threading.Thread(target=self._process.stdout.read, daemon=True)
                self._reader.start()  # or its pipe would be full
                return
        self._process.wait()
        self._process.stdout.close()
        self._folder.cleanup()
        raise AssertionError("redis-server does not start:\n" + "".join(said))

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._reader.join()
            self._process.stdout.close()
            self._process = None

    def close(self):
        self.stop()
        self._folder.cleanup()


class Worker:
    """One process of an app: takes lines, and answers each with one."""

    def __init__(self, task, pid, port):
        self.task, self.pid = task, pid
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file = self._connection.makefile("rw")

    def ask(self, line):
        self._file.write(line + "\n")
        self._file.flush()
        return json.loads(self._file.readline())

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.close()

    def close(self):
        self._file.close()
        self._connection.close()

    def received(self):
        """Of each publisher: the numbers of its messages, as they came, and how many were told to be missing before each."""
        of = {}
        for publisher, sequence, missed in self.ask("received"):
            of.setdefault(publisher, []).append((sequence, missed))
        return of


class App:
    """An app with its workers, as they say that they serve."""

    def __init__(self, processes, *options):
        self._log = tempfile.TemporaryFile("w+")
        self._process = subprocess.Popen(
            [APP, f"--processes={processes}", *options], stdout=subprocess.PIPE, stderr=self._log, text=True,
            preexec_fn=programs.die_with_parent)
        self.workers = []
        for _ in range(processes):
            self.next_worker()

    def next_worker(self):
        line = self._process.stdout.readline()
        if not line.startswith("worker "):
            raise AssertionError(f"no worker, but {line!r}; it said:\n{self.log()}")
        self.workers.append(Worker(*map(int, line.split()[1:])))
        return self.workers[-1]

    def log(self):
        return programs.written(self._log)

    def close(self):
        for worker in self.workers:
            with contextlib.suppress(OSError):
                worker.close()
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE)
        self._log.close()


class PubSubCase(unittest.TestCase):
    def redis(self, *options, **settings):
        server = Redis(*options, **settings)
        self.addCleanup(server.close)
        return server

    def app(self, processes, *options):
        app = App(processes, *options)
        self.addCleanup(app.close)
        return app

    def wait_for_counters(self, workers, what, holds):
        for worker in workers:
            wait_until(lambda worker=worker: holds(worker.ask("counters")), f"{what}: {worker.ask('counters')}")

    def assert_whole(self, received, last, publisher):
        """All of a publisher's messages, each once and in order."""
        self.assertEqual([sequence for sequence, _ in received.get(publisher, [])], list(range(1, last + 1)))

    def wait_for_all(self, workers, publishers, last):
        def all_came():
            return all(worker.received().get(publisher, [(0, 0)])[-1][0] == last for worker in workers for publisher in publishers)
        wait_until(all_came, f"all {last} of each of {publishers}")


class HostTest(PubSubCase):
    def test_every_worker_gets_every_message_once_and_in_order(self):
        app = self.app(4)
        self.wait_for_counters(app.workers, "together", lambda counters: counters["peers"] == 3)
        publishers = [worker.ask("publish 500") for worker in app.workers]
        self.wait_for_all(app.workers, publishers, 500)
        for worker in app.workers:
            received = worker.received()
            for publisher in publishers:
                self.assert_whole(received, 500, publisher)

    def test_while_a_worker_is_killed_and_redis_restarted(self):
        redis = self.redis()
        app = self.app(4, f"--redis=redis://127.0.0.1:{redis.port}")
        self.wait_for_counters(app.workers, "together", lambda counters: counters["peers"] == 3 and counters["connected"])
        publishers = [worker.ask("publish 1500") for worker in app.workers]
        wait_until(lambda: app.workers[0].ask("published") > 300, "begun")
        victim, of_victim = app.workers.pop(2), publishers.pop(2)
        victim.kill()
        heir = app.next_worker()
        of_heir = heir.ask("publish 500")
        redis.stop()
        wait_until(lambda: app.workers[0].ask("counters")["outages"] == 1, "an outage")
        time.sleep(0.2)
        redis.start()
        survivors = app.workers[:3]
        self.wait_for_all(app.workers, publishers, 1500)
        self.wait_for_all(app.workers, [of_heir], 500)
        for worker in survivors:
            received = worker.received()
            for publisher in publishers:
                self.assert_whole(received, 1500, publisher)
            self.assert_whole(received, 500, of_heir)
            numbers = [sequence for sequence, _ in received[of_victim]]  # up to its death
            self.assertGreater(len(numbers), 100)
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        for publisher, numbers in heir.received().items():  # from its beginning on
            first = numbers[0][0]
            self.assertEqual([sequence for sequence, _ in numbers], list(range(first, first + len(numbers))), publisher)
        self.wait_for_counters(app.workers, "back", lambda counters: counters["connected"] and counters["waiting"] == 0)
        self.assertEqual({worker.ask("counters")["missed"] for worker in app.workers}, {0})
        self.assertIn(" is away: ", app.log())
        self.assertIn(" is back, after ", app.log())


class RedisTest(PubSubCase):
    def two_machines(self, *options):
        machines = [self.app(2, *options), self.app(2, *options)]
        workers = machines[0].workers + machines[1].workers
        self.wait_for_counters(workers, "together", lambda counters: counters["peers"] == 1 and counters["connected"])
        return machines, workers

    def check(self, *options):
        _, workers = self.two_machines(*options)
        publishers = [worker.ask("publish 300") for worker in workers]
        self.wait_for_all(workers, publishers, 300)
        for worker in workers:
            received = worker.received()
            for publisher in publishers:
                self.assert_whole(received, 300, publisher)

    def test_every_machine_gets_every_message_once_and_in_order(self):
        redis = self.redis()
        for subscribed in ("false", "true"):
            with self.subTest(subscribed=subscribed):
                self.check(f"--redis=redis://127.0.0.1:{redis.port}/3", f"--subscribed={subscribed}")

    def test_a_gap_is_told_where_redis_was_away(self):
        redis = self.redis()
        machines, workers = self.two_machines(f"--redis=redis://127.0.0.1:{redis.port}")
        publishers = [worker.ask("publish 1500") for worker in workers]
        wait_until(lambda: workers[0].ask("published") > 300, "begun")
        redis.stop()
        self.wait_for_counters(workers, "an outage", lambda counters: counters["outages"] == 1)
        redis.start()
        self.wait_for_all(workers, publishers, 1500)
        for index, worker in enumerate(workers):
            received = worker.received()
            for number, publisher in enumerate(publishers):
                if number // 2 == index // 2:
                    self.assert_whole(received, 1500, publisher)  # of the same machine
                    continue
                last = 0
                for sequence, missed in received[publisher]:
                    self.assertEqual(sequence, last + 1 + missed)  # in order, each once, and what is missing is told
                    last = sequence
        for machine in machines:
            self.assertEqual(machine.log().count(" is away: "), 2)  # once in each worker
            self.assertEqual(machine.log().count(" is back, after "), 2)

    def test_password(self):
        redis = self.redis("--requirepass", "s3cret/@")
        self.check(f"--redis=redis://:s3cret%2F%40@127.0.0.1:{redis.port}")
        app = self.app(1, f"--redis=redis://:wrong@127.0.0.1:{redis.port}")
        wait_until(lambda: "WRONGPASS" in app.log(), "a refusal")
        self.assertEqual(app.log().count(" is away: "), 1)
        self.assertNotIn("wrong@", app.log())

    def test_user(self):
        redis = self.redis("--user", "ada", "on", ">secret", "allchannels", "+@all", "--user", "default", "off")
        self.check(f"--redis=redis://ada:secret@127.0.0.1:{redis.port}")

    def test_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = Path(folder) / "key.pem", Path(folder) / "certificate.pem"
            programs.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                         "-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
            tls = ["--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate),
                   "--tls-auth-clients", "no"]
            redis = self.redis("--requirepass", "secret", tls=tls)
            url = f"--redis=rediss://:secret@127.0.0.1:{redis.port}"
            self.check(url, f"--ca-certs={certificate}")
            stranger = self.app(1, url)
            wait_until(lambda: "the peer's certificate is self-signed" in stranger.log(), "a certificate that nobody vouches for")
            self.assertFalse(stranger.workers[0].ask("counters")["connected"])
            other_name = self.app(1, f"--redis=rediss://:secret@localhost:{redis.port}", f"--ca-certs={certificate}")
            wait_until(lambda: "the peer's certificate is for another host" in other_name.log(), "a certificate for another name")
            self.assertFalse(other_name.workers[0].ask("counters")["connected"])


if __name__ == "__main__":
    unittest.main()
