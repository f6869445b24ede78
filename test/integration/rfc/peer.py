"""The program of app.cpp once more, for Debian's python3-tornado: /usr/bin/python3 rfc/peer.py --port=0."""

import asyncio
import datetime
import logging
import sys

import tornado.httpserver
import tornado.netutil
import tornado.web


class PlainHandler(tornado.web.RequestHandler):
    def set_default_headers(self):
        self.set_header("Content-Type", "text/plain")


class HelloHandler(tornado.web.RequestHandler):
    def get(self):
        self.write("Hello, world")


class EchoHandler(PlainHandler):
    SUPPORTED_METHODS = (*tornado.web.RequestHandler.SUPPORTED_METHODS, "PROPFIND")

    def get(self):
        self.write(f"{self.request.method} {self.request.uri} ".encode("latin-1") + self.request.body)

    head = post = delete = patch = put = options = propfind = get


class WaitHandler(PlainHandler):
    async def get(self):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.write(f"{self.request.uri} ".encode("latin-1") + self.request.body)

    post = get


class FieldHandler(PlainHandler):
    def get(self, name):
        for value in self.request.headers.get_list(name):
            self.write(value.encode("latin-1") + b"\n")


class HostHandler(PlainHandler):
    def get(self):
        self.write(f"{self.request.host} {self.request.host_name}")


class ArgumentHandler(PlainHandler):
    def get(self):
        for value in self.get_arguments("a", strip=False):
            self.write(f"[{value}]")

    post = get


class CookieHandler(PlainHandler):
    def get(self):
        self.write(self.get_cookie("a", "none"))


class GroupHandler(PlainHandler):
    def get(self, value):
        self.write(value)


class StreamHandler(PlainHandler):
    async def get(self):
        for piece in ("one ", "two ", "three"):
            self.write(piece)
            await self.flush()
            await asyncio.sleep(0)

    head = get


class StatusHandler(PlainHandler):
    def get(self, status):
        self.set_status(int(status))

    head = get


class LengthHandler(PlainHandler):
    async def get(self, size):
        self.set_header("Content-Length", 10)
        await self.flush()
        self.write("x" * int(size))
        await self.flush()


class BrokenHandler(PlainHandler):
    def get(self):
        raise RuntimeError("broken before its head is sent")


class BrokenLaterHandler(PlainHandler):
    async def get(self):
        self.write("a part")
        await self.flush()
        raise RuntimeError("broken when its head is sent")


class DocumentHandler(PlainHandler):
    def initialize(self, etag):
        self.etag = etag

    def get(self):
        if self.etag:
            self.set_header("Etag", self.etag)
        self.set_header("Last-Modified", datetime.datetime(1994, 11, 6, 8, 49, 37))
        self.write("document")

    head = get

    def compute_etag(self):
        return None


class FileHandler(tornado.web.StaticFileHandler):
    """A file that is not on disk, with a version and the same date."""

    def initialize(self, content):
        super().initialize("/")
        self.content = content

    async def get(self, include_body=True):
        await super().get("file.txt", include_body)

    async def head(self):
        await self.get(include_body=False)

    def validate_absolute_path(self, root, absolute_path):
        return absolute_path

    def get_content_size(self):
        return len(self.content)

    def get_modified_time(self):
        return datetime.datetime(1994, 11, 6, 8, 49, 37)

    def compute_etag(self):
        return '"v1"'

    def get_content(self, abspath, start=None, end=None):
        return self.content[start:end]


class BytesHandler(PlainHandler):
    async def get(self, size):
        self.write("x" * int(size))


ROUTES = [
    ("/", HelloHandler),
    ("/echo", EchoHandler),
    ("/wait/.*", WaitHandler),
    ("/field/(.+)", FieldHandler),
    ("/host", HostHandler),
    ("/args", ArgumentHandler),
    ("/cookie", CookieHandler),
    ("/group/([^/]*)", GroupHandler),
    ("/stream", StreamHandler),
    ("/status/([0-9]+)", StatusHandler),
    ("/length/([0-9]+)", LengthHandler),
    ("/broken", BrokenHandler),
    ("/broken-later", BrokenLaterHandler),
    ("/strong", DocumentHandler, {"etag": '"v1"'}),
    ("/weak", DocumentHandler, {"etag": 'W/"v1"'}),
    ("/dated", DocumentHandler, {"etag": ""}),
    ("/file", FileHandler, {"content": b"0123456789"}),
    ("/empty", FileHandler, {"content": b""}),
    ("/bytes/([0-9]+)", BytesHandler),
]


async def main(port):
    logging.disable()
    server = tornado.httpserver.HTTPServer(tornado.web.Application(ROUTES), max_body_size=1_000_000)
    sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
    server.add_sockets(sockets)
    print(f"Listening on http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1].removeprefix("--port="))))
