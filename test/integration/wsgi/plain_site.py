"""Applications without a framework: for measuring, and with Python's own validator around one."""

import os
import sys
import threading
from wsgiref.validate import validator

BODY = b"Hello, world!"
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]


def hello(environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]


def _echo(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    yield environ["REQUEST_METHOD"].encode() + b" " + environ["PATH_INFO"].encode("latin-1") + b" "
    yield body


echo = validator(_echo)


def about(environ, start_response):
    """What the program is run in."""
    facts = f"{os.getpid()} {sys.prefix} {environ['wsgi.multiprocess']} {environ['wsgi.multithread']} {os.getcwd()}"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [facts.encode()]


def make():
    return hello


def fails_in_factory():
    raise RuntimeError("the factory fails")


number = 7
main_thread = threading.main_thread()
