"""The programs under test, as the build tree holds them, and the peers this machine has."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import BenchError

Command = Callable[[int], list[str]]  # the arguments that start a server on a port

HERE = Path(__file__).parent.parent
DEBIAN_PYTHON = "/usr/bin/python3"
PEER_PACKAGES = ["nginx-light", "python3-tornado"]

NGINX_CONFIG = """
daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {prefix}/nginx.pid;
error_log stderr warn;
events {{ use epoll; worker_connections {descriptors}; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    tcp_nodelay on;
    types {{ }}
    default_type "text/html; charset=UTF-8";
    client_body_temp_path {prefix}/body;
    proxy_temp_path {prefix}/proxy;
    fastcgi_temp_path {prefix}/fastcgi;
    uwsgi_temp_path {prefix}/uwsgi;
    scgi_temp_path {prefix}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096{tls};
        sendfile on;
        location / {{ {answer}; }}
    }}
}}
"""

# TLS 1.3 with AES of 128 bits, and the same for a server that speaks only TLS 1.2.
TLS_CLIENT_CONFIG = """
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = defaults
[defaults]
Ciphersuites = TLS_AES_128_GCM_SHA256
CipherString = ECDHE-ECDSA-AES128-GCM-SHA256
"""


@dataclass(frozen=True)
class Targets:
    """Programs of one build tree. `scratch` is a directory for the files they are started with."""

    build: Path
    scratch: Path

    def program(self, path: str) -> str:
        """The absolute path of a built program or library."""
        program = (self.build / path).resolve()
        if not program.exists():
            raise BenchError(f"{self.build / path} is missing: build this tree first")
        return str(program)

    def helloworld(self) -> Command:
        program = self.program("apps/helloworld/helloworld")
        return lambda port: [program, f"--port={port}", "--logging=error"]

    def bench_server(self, workers: int = 1, blocking_threshold: int = 0, compress: bool = False) -> Command:
        """The threshold is in milliseconds; 0 means no watchdog. What is in `scratch` it serves at /static/."""
        program = self.program("test/bench/bench_server")
        options = [f"--workers={workers}", f"--blocking_threshold={blocking_threshold}", "--logging=error"]
        options += [f"--static={self.scratch}", *(["--compress"] if compress else [])]
        return lambda port: [program, f"--port={port}", *options]

    def secure_bench_server(self) -> Command:
        """bench_server over TLS, with the certificate that nginx gets too."""
        certificate = self.certificate()
        plain = self.bench_server()
        return lambda port: [*plain(port), f"--certfile={certificate}.crt", f"--keyfile={certificate}.key"]

    def certificate(self) -> Path:
        """A certificate and its key: the files' name without `.crt` and `.key`."""
        path = self.scratch / "server"
        if not path.with_suffix(".crt").exists():
            done = subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", "/CN=localhost", "-keyout", f"{path}.key", "-out", f"{path}.crt"],
                capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise BenchError(f"openssl makes no certificate: {done.stderr}")
        return path

    def raw_epoll(self, response: bytes | None = None, workers: int = 1) -> Command:
        """The yardstick, answering with the very bytes of `response`."""
        program = self.program("test/bench/raw_epoll")
        options = ["--workers", str(workers)]
        if response is not None:
            handle, name = tempfile.mkstemp(dir=self.scratch, prefix="response-")
            os.write(handle, response)
            os.close(handle)
            options += ["--response", name]
        return lambda port: [program, "--port", str(port), *options]

    def tls_client(self) -> Path:
        """A configuration of OpenSSL with which clients take one cipher alone, so that all servers use the same."""
        path = self.scratch / "client.cnf"
        path.write_text(TLS_CLIENT_CONFIG)
        return path

    def nginx(self, body: bytes, tls: bool = False) -> Command | None:
        """nginx with one process and the same body, or None where it is not installed."""
        found = find_nginx()
        if found is None:
            return None
        if b"$" in body:
            raise BenchError("nginx cannot answer with a body that holds a dollar sign")
        secure = ""
        if tls:
            certificate = self.certificate()
            secure = f" ssl; ssl_certificate {certificate}.crt; ssl_certificate_key {certificate}.key; ssl_protocols TLSv1.2 TLSv1.3"
        text = body.decode().replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return self.nginx_that(found, f'return 200 "{text}"', secure)

    def nginx_with_file(self, file: Path, cached: bool = False) -> Command | None:
        """nginx that answers with a file, by sendfile, or None where it is not installed.

        If `cached`, it keeps the file open, and does not look again whether it has changed.
        """
        found = find_nginx()
        cache = "; open_file_cache max=100; open_file_cache_valid 60s; open_file_cache_min_uses 1" if cached else ""
        return None if found is None else self.nginx_that(found, f"root {file.parent}{cache}")

    def nginx_that_reads(self, most: int) -> Command | None:
        """nginx that reads a body of up to `most` bytes before it answers, or None where it is not installed.

        nginx reads bodies only for someone else. Here that is a copy of the request that goes nowhere (`mirror`); the
        request itself then finds no file, and the page for that error is the answer.
        """
        found = find_nginx()
        if found is None:
            return None
        answer = (
            f"client_max_body_size 0; client_body_buffer_size {most}; mirror /nowhere; log_not_found off; error_page 404 =200 /answer; }} "
            'location = /nowhere { internal; return 204; } location = /answer { internal; return 200 "Hello, world!"'
        )
        return self.nginx_that(found, answer)

    def nginx_that(self, program: str, answer: str, tls: str = "") -> Command:
        def command(port: int) -> list[str]:
            prefix = Path(tempfile.mkdtemp(dir=self.scratch, prefix="nginx-"))
            config = prefix / "nginx.conf"
            config.write_text(
                NGINX_CONFIG.format(prefix=prefix, port=port, answer=answer, tls=tls, descriptors=15000)
            )
            return [program, "-p", str(prefix), "-c", str(config), "-e", "stderr"]

        return command

    def file_server(self, file: Path) -> Command:
        program = self.program("test/bench/file_server")
        return lambda port: [program, f"--port={port}", f"--file={file}", "--logging=error"]

    def python_tornado(self, body: bytes) -> Command | None:
        """Debian's Tornado with the same body, or None where it is not installed."""
        if not has_python_tornado():
            return None
        script = str(HERE / "tornado_hello.py")
        return lambda port: [DEBIAN_PYTHON, script, str(port), body.decode()]


@contextmanager
def targets_of(build: Path) -> Iterator[Targets]:
    with tempfile.TemporaryDirectory(prefix="tornado-bench-") as scratch:
        yield Targets(build, Path(scratch))


def find_nginx() -> str | None:
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


def has_python_tornado() -> bool:
    if not Path(DEBIAN_PYTHON).exists():
        return False
    check = [DEBIAN_PYTHON, "-c", "import tornado.web"]
    return subprocess.run(check, stderr=subprocess.DEVNULL, check=False).returncode == 0


def install_peers() -> None:
    """Installs the peers that are missing, through apt-get."""
    if find_nginx() and has_python_tornado():
        return
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    install = [*sudo, "apt-get", "install", "-y", "-q", "--no-install-recommends", *PEER_PACKAGES]
    for command in ([*sudo, "apt-get", "update", "-q"], install):
        if subprocess.run(command, check=False).returncode != 0:
            raise BenchError(f"{' '.join(command)} failed")
