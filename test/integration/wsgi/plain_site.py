"""Applications without a framework: for measuring, and with Python's own validator around one."""

import os
import socket
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


def writes_to_nobody(environ, start_response):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        os.write(writer, b"x")
        said = b"nothing"
    except BrokenPipeError:
        said = b"BrokenPipeError"
    os.close(writer)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [said]


def hangs(environ, start_response):
    print("hanging", flush=True)
    threading.Event().wait()


def hangs_when_asked(environ, start_response):
    return (hangs if environ["PATH_INFO"] == "/hang" else hello)(environ, start_response)


def fails_and_hangs_when_asked(environ, start_response):
    if environ["PATH_INFO"] == "/fail":
        raise ValueError("on purpose")
    if environ["PATH_INFO"] == "/hang":
        return hangs(environ, start_response)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['SCRIPT_NAME']} {environ['PATH_INFO']}".encode()]


def forks(environ, start_response):
    """Its child comes back just as its parent does."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"parent" if child else b"child"]


def ends_when_asked(environ, start_response):
    if environ["PATH_INFO"] == "/end":
        os._exit(0)
    return hello(environ, start_response)


def waits_for_a_line(environ, start_response):
    """Answers when somebody has connected to the port that it prints."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        listener.accept()[0].close()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"answered"]


def make_with_thread():
    """Its thread goes on for ever, and does not let its process end."""
    threading.Thread(target=threading.Event().wait, name="scheduler").start()
    return hello


def imports_later(environ, start_response):
    import later_module
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [later_module.word]


def make():
    return hello


def fails_in_factory():
    raise RuntimeError("the factory fails")


number = 7
main_thread = threading.main_thread()
