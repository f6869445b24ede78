"""Our WebSocket server and client as Python's `websockets`, Node.js and Chromium see them, where those are installed."""

import asyncio
import json
import shutil
import unittest

import programs
from cases import ServerCase

try:
    import websockets
except ImportError:
    websockets = None

MESSAGES = ["", "Hello", "h\u00e9llo \U0001f30a", "x" * 125, "x" * 126, "y" * 65535, "z" * 65536, "a" * 1_000_000, b"\x00\xff" * 70_000]


class WebSocketAppCase(ServerCase):
    """The program of websocket/app.cpp, which has a route for each thing that a client can meet."""

    program = programs.BUILD / "test/integration/websocket_app"
    options = ("--logging=error",)

    def url(self, path):
        return f"ws://127.0.0.1:{self.server.port}{path}"


@unittest.skipUnless(websockets, "python3-websockets is not installed")
class PythonClientTest(WebSocketAppCase):
    def talk(self, path, conversation, **options):
        async def run():
            async with websockets.connect(self.url(path), max_size=None, **options) as socket:
                return await conversation(socket)

        return asyncio.run(asyncio.wait_for(run(), 60))

    async def echo(self, socket):
        for message in MESSAGES:
            await socket.send(message)
            self.assertEqual(await socket.recv(), message)
        return [extension.name for extension in socket.extensions]

    def test_echo(self):
        self.assertEqual(self.talk("/echo", self.echo, compression=None), [])
        self.assertEqual(self.talk("/echo", self.echo), [])

    def test_echo_compressed(self):
        for path in ("/deflate", "/takeover"):
            self.assertEqual(self.talk(path, self.echo), ["permessage-deflate"])

    def test_all_parameters(self):
        from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory as Factory
        for path in ("/deflate", "/takeover"):
            for factory in (Factory(server_no_context_takeover=True), Factory(client_no_context_takeover=True),
                            Factory(server_max_window_bits=9), Factory(client_max_window_bits=9),
                            Factory(True, True, 12, 10)):
                self.assertEqual(self.talk(path, self.echo, compression=None, extensions=[factory]), ["permessage-deflate"])

    def test_fragments_and_pings(self):
        async def conversation(socket):
            await socket.send(["frag", "men", "ted"])
            self.assertEqual(await socket.recv(), "fragmented")
            await asyncio.wait_for(await socket.ping(b"data"), 10)

        for path in ("/echo", "/deflate", "/takeover"):
            self.talk(path, conversation)

    def test_close_of_the_server(self):
        async def conversation(socket):
            await socket.wait_closed()
            return socket.close_code, socket.close_reason

        self.assertEqual(self.talk("/close?code=3456&reason=bye", conversation), (3456, "bye"))
        self.assertEqual(self.talk("/close", conversation), (1005, ""))

    def test_close_of_the_client(self):
        async def conversation(socket):
            await socket.close(4000, "enough")
            return socket.close_code

        self.assertEqual(self.talk("/echo", conversation), 4000)

    def test_many_messages_and_then_the_end(self):
        async def conversation(socket):
            return [message async for message in socket]

        self.assertEqual(self.talk("/count?n=5000", conversation), [str(i) for i in range(5000)])

    def test_subprotocols(self):
        async def conversation(socket):
            return socket.subprotocol

        self.assertEqual(self.talk("/protocol", conversation, subprotocols=["one", "two"]), "two")
        self.assertIsNone(self.talk("/echo", conversation, subprotocols=["one"]))

    def test_foreign_origin(self):
        with self.assertRaises(websockets.InvalidStatusCode) as caught:
            self.talk("/echo", self.echo, origin="http://evil.example")
        self.assertEqual(caught.exception.status_code, 403)

    def test_too_many_connections_at_once_are_none(self):
        async def run():
            sockets = await asyncio.gather(*(websockets.connect(self.url("/echo")) for _ in range(200)))
            await asyncio.gather(*(socket.send(str(i)) for i, socket in enumerate(sockets)))
            answers = await asyncio.gather(*(socket.recv() for socket in sockets))
            await asyncio.gather(*(socket.close() for socket in sockets))
            return answers

        self.assertEqual(asyncio.run(run()), [str(i) for i in range(200)])


@unittest.skipUnless(websockets, "python3-websockets is not installed")
class PythonServerTest(unittest.TestCase):
    """Our client against a server of `websockets`."""

    def talk(self, lines, *options, **settings):
        async def echo(socket, _path=None):
            async for message in socket:
                await socket.send(message)

        async def run():
            async with websockets.serve(echo, "127.0.0.1", 0, max_size=None, **settings) as server:
                port = server.sockets[0].getsockname()[1]
                process = await asyncio.create_subprocess_exec(
                    str(programs.BUILD / "test/integration/websocket_client"), *options, f"ws://127.0.0.1:{port}/",
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
                output, errors = await asyncio.wait_for(process.communicate("".join(f"{line}\n" for line in lines).encode()), 60)
                self.assertEqual((process.returncode, errors), (0, b""))
                return output.decode().splitlines()

        return asyncio.run(run())

    LINES = ["Hello", "h\u00e9llo", "x" * 70_000, "x" * 70_000, "y" * 300_000]

    def test_plain(self):
        self.assertEqual(self.talk(self.LINES), ["open - plain", *self.LINES, "closed 1000"])

    def test_compressed(self):
        for option in ("--compress", "--takeover"):
            self.assertEqual(self.talk(self.LINES, option), ["open - compressed", *self.LINES, "closed 1000"])

    def test_compression_declined(self):
        self.assertEqual(self.talk(["a"], "--compress", compression=None), ["open - plain", "a", "closed 1000"])

    def test_subprotocol(self):
        self.assertEqual(self.talk([], "--subprotocol=chat", subprotocols=["chat"]), ["open chat plain", "closed 1000"])


NODE = """
const url = process.argv[1];
const socket = new WebSocket(url);
socket.binaryType = "arraybuffer";
const seen = [];
const messages = ["Hello", "x".repeat(70000), new Uint8Array([0, 1, 255]), ""];
socket.onopen = () => { for (const message of messages) socket.send(message); };
socket.onmessage = event => {
    seen.push(typeof event.data === "string" ? event.data.length : [...new Uint8Array(event.data)]);
    if (seen.length === messages.length) socket.close(3001, "done");
};
socket.onclose = event => console.log(JSON.stringify({seen, code: event.code, clean: event.wasClean}));
socket.onerror = event => console.log(String(event.message));
"""


@unittest.skipUnless(shutil.which("node"), "node is not installed")
class NodeTest(WebSocketAppCase):
    def test_echo(self):
        for path in ("/echo", "/deflate", "/takeover"):
            done = programs.run("node", "--no-warnings", "--experimental-websocket", "-e", NODE, self.url(path))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout), {"seen": [5, 70000, [0, 1, 255], 0], "code": 3001, "clean": True})


@unittest.skipUnless(shutil.which("chromium"), "chromium is not installed")
class ChromiumTest(WebSocketAppCase):
    def test_page(self):
        from chromium_test import chromium
        expected = ["open permessage-deflate", "text Hello", "binary 0 255", "big", "text ", "close 3001 true"]
        for _ in range(40):
            page = chromium("--dump-dom", "--virtual-time-budget=20000", self.server.url + "/page")
            log = page.partition('<pre id="log">')[2].partition("</pre>")[0].splitlines()
            self.assertEqual(log, expected[:len(log)])
            if log == expected:
                return
            # The page was taken while messages were under way.
        self.assertEqual(log, expected)


if __name__ == "__main__":
    unittest.main()
