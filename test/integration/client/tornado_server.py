"""Tornado as a server: /usr/bin/python3 tornado_server.py --port=0."""

import asyncio
import sys

import tornado.httpserver
import tornado.netutil
import tornado.web


class EchoHandler(tornado.web.RequestHandler):
    def get(self):
        self.set_header("Content-Type", "text/plain")
        self.write("Tornado says hello. " * 1000)  # enough to be compressed

    def post(self):
        self.write(self.request.body)

    put = post


class ChunkHandler(tornado.web.RequestHandler):
    async def get(self):
        for number in range(1000):
            self.write(f"line {number}\n")
            await self.flush()


class CookieHandler(tornado.web.RequestHandler):
    def get(self):
        count = int(self.get_cookie("count", "0")) + 1
        self.set_cookie("count", str(count))
        if count % 2:
            self.redirect(self.request.path)
        else:
            self.write(str(count))


async def main(port):
    application = tornado.web.Application(
        [("/", EchoHandler), ("/chunks", ChunkHandler), ("/cookie", CookieHandler)], compress_response=True)
    server = tornado.httpserver.HTTPServer(application, max_body_size=1_000_000)
    sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
    server.add_sockets(sockets)
    print(f"Listening on http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1].removeprefix("--port="))))
