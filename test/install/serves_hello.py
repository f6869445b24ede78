"""serves_hello.py <program>: starts a hello world on a free port and sees that it answers."""

import http.client
import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read()


def main():
    port = free_port()
    with subprocess.Popen([sys.argv[1], f"--port={port}"]) as server:
        try:
            for _ in range(100):
                try:
                    answer = get(port, "/?name=user")
                    break
                except ConnectionRefusedError:
                    if server.poll() is not None:
                        sys.exit(f"the program ended with status {server.returncode}")
                    time.sleep(0.1)
            else:
                sys.exit("the program does not listen")
        finally:
            server.kill()
    print(answer)
    return 0 if answer == (200, b"Hello, user\n") else 1


if __name__ == "__main__":
    sys.exit(main())
