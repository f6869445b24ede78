"""Tornado's own hello world, started as ours is: /usr/bin/python3 tornado_peer.py --port=0."""

import asyncio
import sys

import tornado.httpserver
import tornado.netutil
import tornado.web


class MainHandler(tornado.web.RequestHandler):
    def get(self):
        self.write("Hello, world")


async def main(port):
    server = tornado.httpserver.HTTPServer(tornado.web.Application([("/", MainHandler)]))
    sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
    server.add_sockets(sockets)
    print(f"Listening on http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1].removeprefix("--port="))))
