"""Tornado's own hello world, as a peer: /usr/bin/python3 tornado_hello.py PORT BODY."""

import asyncio
import sys

import tornado.web


class MainHandler(tornado.web.RequestHandler):
    def initialize(self, body: str) -> None:
        self.body = body

    def get(self) -> None:
        self.write(self.body)


async def serve(port: int, body: str) -> None:
    application = tornado.web.Application(
        [(r"/", MainHandler, {"body": body})], log_function=lambda handler: None
    )
    application.listen(port, "127.0.0.1")
    await asyncio.Event().wait()


asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
