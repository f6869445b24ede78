"""securehello as openssl, curl and Python's ssl see it."""

import contextlib
import http.client
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import programs

BODY = b"Hello, secure world"


class SecurehelloCase(unittest.TestCase):
    """One server; its certificate and those of clients are in `folder`."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.certfile, cls.keyfile = cls.folder / "made.crt", cls.folder / "made.key"
        cls.make_authority()
        cls.server = cls.enterClassContext(programs.serve(
            programs.SECUREHELLO, "--http_port=0", f"--certfile={cls.certfile}", f"--keyfile={cls.keyfile}",
            f"--ca_certs={cls.folder / 'ca.crt'}", "--logging=info",
            f"--sni=one.example={cls.folder / 'one.pem'},*.two.example={cls.folder / 'two.pem'}"))
        cls.plain_url = cls.server.read_line().removeprefix("Redirecting from ")

    @classmethod
    def openssl(cls, *options, **settings):
        done = programs.run("openssl", *options, cwd=cls.folder, **settings)
        return done.stdout + done.stderr

    @classmethod
    def make_authority(cls):
        cls.make_certificate("ca", "Test Authority", "-addext", "basicConstraints=critical,CA:TRUE")
        cls.make_certificate("alice", "Alice", "-CA", "ca.crt", "-CAkey", "ca.key")
        cls.make_certificate("mallory", "Mallory")
        for name, host in ("one", "one.example"), ("two", "*.two.example"):
            cls.make_certificate(name, name, "-addext", f"subjectAltName=DNS:{host}", "-CA", "ca.crt", "-CAkey", "ca.key")
            (cls.folder / f"{name}.pem").write_bytes(
                (cls.folder / f"{name}.crt").read_bytes() + (cls.folder / f"{name}.key").read_bytes())

    @classmethod
    def make_certificate(cls, name, subject, *options):
        cls.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={subject}", *options)
        if not (cls.folder / f"{name}.crt").exists():
            raise AssertionError(f"openssl makes no certificate for {subject}")

    def s_client(self, *options, text=""):
        return self.openssl("s_client", "-connect", f"127.0.0.1:{self.server.port}", "-servername", "localhost", *options,
                            input=text, timeout=60)


def client_hello(version=0x0303, ciphers=(0xC02B,), compressions=b"\0"):
    """A record with a ClientHello (RFC 5246, 7.4.1.2) as no client of today would send it."""
    def sized(width, data):
        return len(data).to_bytes(width, "big") + data

    def extension(kind, data):
        return kind.to_bytes(2, "big") + sized(2, data)

    body = version.to_bytes(2, "big") + bytes(32) + sized(1, b"")
    body += sized(2, b"".join(cipher.to_bytes(2, "big") for cipher in ciphers)) + sized(1, compressions)
    if version > 0x0300:
        groups, formats, signatures = sized(2, b"\0\x17"), sized(1, b"\0"), sized(2, b"\x04\x03\x02\x03")
        body += sized(2, extension(10, groups) + extension(11, formats) + extension(13, signatures))
    message = b"\x01" + sized(3, body)
    return b"\x16" + min(version, 0x0301).to_bytes(2, "big") + sized(2, message)


ALERT, HANDSHAKE, SERVER_HELLO = 0x15, 0x16, 0x02
HANDSHAKE_FAILURE, PROTOCOL_VERSION = 40, 70


class OldClientsTest(SecurehelloCase):
    """What clients of today would not even ask for."""

    def first_answer(self, hello):
        """The kind and the content of the server's first record."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as plain, plain.makefile("rb") as answers:
            plain.sendall(hello)
            head = answers.read(5)
            return head[0], answers.read(int.from_bytes(head[3:], "big"))

    def assert_refused(self, hello, *alerts):
        kind, content = self.first_answer(hello)
        self.assertEqual(kind, ALERT)
        self.assertIn(content[1], alerts)

    def test_no_older_version_is_spoken(self):
        for version in 0x0300, 0x0301, 0x0302:
            with self.subTest(hex(version)):
                self.assert_refused(client_hello(version), PROTOCOL_VERSION, HANDSHAKE_FAILURE)

    def test_no_weak_cipher_is_taken(self):
        weak = {"NULL": 0xC006, "RC4": 0xC007, "3DES": 0xC008, "anonymous": 0xC018, "MD5": 0x0004, "export": 0x0003}
        for name, number in weak.items():
            with self.subTest(name):
                self.assert_refused(client_hello(ciphers=(number,)), HANDSHAKE_FAILURE)

    def test_nothing_is_compressed(self):
        deflate_or_not = b"\1\0"
        kind, content = self.first_answer(client_hello(compressions=deflate_or_not))
        self.assertEqual((kind, content[0]), (HANDSHAKE, SERVER_HELLO))
        session = content[38]
        cipher_and_compression = content[39 + session:42 + session]
        self.assertEqual(cipher_and_compression, b"\xC0\x2B\0")


class OpensslTest(SecurehelloCase):
    def test_speaks_both_versions_of_tls(self):
        self.assertIn("TLSv1.3, Cipher is TLS_", self.s_client("-tls1_3"))
        self.assertIn("TLSv1.2, Cipher is ECDHE", self.s_client("-tls1_2"))

    def test_does_not_renegotiate(self):
        answer = self.s_client("-tls1_2", text="R\n")
        self.assertIn("RENEGOTIATING", answer)
        self.assertIn("no renegotiation", answer)

    def test_updates_keys(self):
        with subprocess.Popen(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{self.server.port}", "-tls1_3"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0,
                preexec_fn=programs.die_with_parent) as client:
            client.stdin.write(b"K\n")
            while b"KEYUPDATE" not in (line := client.stdout.readline()):
                self.assertTrue(line, "openssl has ended before it updates its key")
            client.stdin.write(b"GET / HTTP/1.0\r\n\r\n")
            self.assertIn(BODY, client.stdout.read())

    def test_agrees_on_http(self):
        self.assertIn("ALPN protocol: http/1.1", self.s_client("-alpn", "h2,http/1.1"))
        self.assertIn("no application protocol", self.s_client("-alpn", "h2"))

    def test_resumes_sessions(self):
        session = self.folder / "session"
        for version in ("-tls1_2", "-tls1_3"):
            with self.subTest(version):
                request = "GET / HTTP/1.0\r\n\r\n"
                self.s_client(version, "-ign_eof", "-sess_out", session, text=request)
                self.assertIn("Reused, TLSv1", self.s_client(version, "-ign_eof", "-sess_in", session, text=request))


class CurlTest(SecurehelloCase):
    def curl(self, *options, url=None, status=0):
        done = programs.run("curl", "--silent", "--show-error", "--max-time", 60, *options, url or self.server.url + "/")
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def trusting(self, *options, **settings):
        return self.curl("--cacert", self.certfile, "--resolve", f"localhost:{self.server.port}:127.0.0.1", *options,
                         url=f"https://localhost:{self.server.port}/", **settings)

    def test_the_certificate_is_for_its_host_and_can_be_trusted(self):
        self.assertEqual(self.trusting(), BODY.decode())

    def test_each_name_has_its_certificate(self):
        for name, subject in ("one.example", "one"), ("any.two.example", "two"), ("two.example", "localhost"):
            shown = self.openssl("s_client", "-connect", f"127.0.0.1:{self.server.port}", "-servername", name, input="")
            self.assertRegex(shown, rf"subject=CN ?= ?{subject}\n")
        for name in "one.example", "any.two.example":
            body = self.curl("--cacert", self.folder / "ca.crt", "--connect-to", f"::127.0.0.1:{self.server.port}",
                             url=f"https://{name}/")
            self.assertEqual(body, BODY.decode())

    def test_strangers_do_not_trust_it(self):
        self.curl(status=60)

    def test_http_leads_to_https(self):
        answer = self.curl("--include", url=self.plain_url + "/?a=b")
        self.assertIn("HTTP/1.1 302", answer)
        self.assertIn(f"Location: https://127.0.0.1:{self.server.port}/?a=b\n", answer)

    def test_an_absolute_target_leads_to_its_path(self):
        answer = self.curl("--include", "--request-target", "http://127.0.0.1/?a=b", url=self.plain_url)
        self.assertIn(f"Location: https://127.0.0.1:{self.server.port}/?a=b\n", answer)

    def test_plain_http_on_the_tls_port_is_told_so(self):
        answer = self.curl("--include", url=f"http://127.0.0.1:{self.server.port}/")
        self.assertTrue(answer.startswith("HTTP/1.1 400 Bad Request\n"), answer)
        self.assertIn("this port speaks HTTPS", answer)

    def test_one_connection_serves_several_requests(self):
        url = f"https://localhost:{self.server.port}/"
        counts = self.trusting("--output", "/dev/null", "--write-out", "%{num_connects} ", url, "--output", "/dev/null")
        self.assertEqual(counts.split(), ["1", "0"])

    def test_clients_with_a_certificate_are_known(self):
        answer = self.trusting("--cert", self.folder / "alice.crt", "--key", self.folder / "alice.key")
        self.assertEqual(answer, "Hello, Alice")

    def test_clients_with_a_certificate_of_their_own_making_are_refused(self):
        self.trusting("--cert", self.folder / "mallory.crt", "--key", self.folder / "mallory.key", status=56)


class PythonTest(SecurehelloCase):
    def context(self):
        return ssl.create_default_context(cafile=self.certfile)

    @contextlib.contextmanager
    def connect(self, context, **options):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as plain:
            with context.wrap_socket(plain, server_hostname="localhost", **options) as stream:
                yield stream

    def get(self, stream):
        stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        response = http.client.HTTPResponse(stream)
        response.begin()
        return response.read()

    def test_requests_are_answered(self):
        with self.connect(self.context()) as stream:
            for _ in range(3):
                self.assertEqual(self.get(stream), BODY)

    def test_the_end_is_an_orderly_one(self):
        with self.connect(self.context(), suppress_ragged_eofs=False) as stream:
            stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = b""
            while piece := stream.recv(4096):  # raises when close_notify is missing
                answer += piece
            self.assertTrue(answer.endswith(BODY))

    def test_sessions_are_resumed(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context()
            context.maximum_version = version
            with self.connect(context) as stream:
                self.get(stream)
                session = stream.session
            with self.connect(context, session=session) as stream:
                self.assertTrue(stream.session_reused)
                self.assertEqual(self.get(stream), BODY)

    def test_requests_in_the_smallest_of_records_are_answered(self):
        with self.connect(self.context()) as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n":
                stream.sendall(bytes([byte]))
            response = http.client.HTTPResponse(stream)
            response.begin()
            self.assertEqual(response.read(), BODY)


class ReloadTest(SecurehelloCase):
    def serial(self):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as plain:
            context = ssl._create_unverified_context()  # pylint: disable=protected-access
            with context.wrap_socket(plain) as stream:
                return stream.getpeercert(binary_form=True)

    def test_hangup_reads_the_certificate_again(self):
        before = self.serial()
        self.make_certificate("new", "localhost")
        self.keyfile.write_bytes((self.folder / "new.key").read_bytes())
        self.server.send_signal(signal.SIGHUP)
        self.wait_for_log("the certificate stays as it was")
        self.assertEqual(self.serial(), before)
        self.certfile.write_bytes((self.folder / "new.crt").read_bytes())
        self.server.send_signal(signal.SIGHUP)
        self.wait_for_log("the certificate has been read again")
        self.assertNotEqual(self.serial(), before)

    def wait_for_log(self, words):
        deadline = time.monotonic() + 60
        while words not in self.server.log():
            self.assertLess(time.monotonic(), deadline, f"the log does not say: {words}")
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
