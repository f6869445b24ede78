"""The rooms of apps/websocket: what its socket says to requests, well meant and not, and its page in headless Chromium."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import tempfile
import time
import unittest
from pathlib import Path

import websockets

import programs
from browser import SIZES, Browser
from cases import ServerCase
from chromium_test import read_png
from pubsub_test import Redis, wait_until

APP = programs.BUILD / "apps/websocket/websocket"
ONLINE = "document.getElementById('state').dataset.state === 'online'"
OFFLINE = "document.getElementById('state').dataset.state === 'offline'"


class Socket:
    """A page's socket, without the page."""

    _loop = asyncio.new_event_loop()

    def __init__(self, server, **settings):
        async def connect():
            return await websockets.connect(f"ws://{server.host}:{server.port}/socket", **settings)
        self._socket = self._run(connect())

    def _run(self, what):
        return self._loop.run_until_complete(asyncio.wait_for(what, 60))

    def send(self, **request):
        self.send_text(json.dumps(request))

    def send_text(self, text):
        self._run(self._socket.send(text))

    def hear(self, kind):
        """The next message of that type."""
        while True:
            message = json.loads(self._run(self._socket.recv()))
            if message["type"] == kind:
                return message

    def kinds_until(self, kind):
        """The types of all that is heard until then."""
        kinds = []
        while kind not in kinds:
            kinds.append(json.loads(self._run(self._socket.recv()))["type"])
        return kinds

    def enter(self, room="Lobby", name="Ada", **more):
        self.send(type="enter", room=room, name=name, **more)
        return self.hear("welcome")

    def say(self, text, key=None, **more):
        self.send(type="say", text=text, key=key or os.urandom(8).hex(), **more)

    def close_code(self):
        """Waits for the end."""
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                self._run(self._socket.recv())
        return self._socket.close_code

    def close(self):
        self._run(self._socket.close())


def position_after(welcome, *messages):
    """As the page counts it."""
    time_, *entries = welcome["position"].split("-")
    seen = dict(entry.split(".") for entry in entries)
    for message in messages:
        time_ = str(message["at"])
        seen[message["from"]] = str(max(message["seq"], int(seen.get(message["from"], 0))))
    return "-".join([time_, *(f"{publisher}.{number}" for publisher, number in seen.items())])


def is_let_in(server):
    with contextlib.closing(Socket(server)) as socket:
        socket.send(type="ping")
        try:
            socket.hear("pong")
        except websockets.ConnectionClosed:
            return False
        return True


def publish(redis, channel, message):
    """How many have heard it."""
    with socket.create_connection(("127.0.0.1", redis.port)) as connection:
        connection.sendall(b"".join(
            b"$%d\r\n%s\r\n" % (len(word), word) if word else b"*3\r\n" for word in (b"", b"PUBLISH", channel.encode(), message)))
        return int(connection.recv(100)[1:])


def published(room, publisher, number, text):
    """What a broker sends to Redis; see libs/pubsub/src/frame.cpp."""
    topic = f"room {room}".encode()
    payload = json.dumps({"key": f"k{number}", "name": "Ada", "text": text, "time": 0}, separators=(",", ":")).encode()
    return struct.pack(">BBQQB", 1, 1, publisher, number, len(topic)) + topic + payload


class SocketCase(ServerCase):
    program = APP
    options = ("--logging=warning",)

    def socket(self, **settings):
        socket = Socket(self.server, **settings)
        self.addCleanup(socket.close)
        return socket


class SocketTest(SocketCase):
    def test_what_one_says_all_in_the_room_hear(self):
        ada, grace, alan = self.socket(), self.socket(), self.socket()
        for socket, name in ((ada, "Ada"), (grace, "Grace")):
            socket.enter("Hearing", name)
        alan.enter("Elsewhere", "Alan")
        ada.say("Hello", key="k1")
        for socket in (ada, grace):
            message = socket.hear("message")
            self.assertEqual((message["name"], message["text"], message["key"]), ("Ada", "Hello", "k1"))
        alan.say("Nobody here?")
        self.assertEqual(alan.hear("message")["text"], "Nobody here?")

    def test_who_comes_sees_the_history_and_the_people(self):
        ada, grace = self.socket(), self.socket()
        ada.enter("History", "Ada")
        ada.say("one")
        ada.hear("message")
        welcome = grace.enter("History", "Grace")
        self.assertEqual([message["text"] for message in welcome["history"]], ["one"])
        while (people := ada.hear("people"))["names"] != ["Ada", "Grace"]:
            pass
        self.assertEqual(people["count"], 2)
        grace.close()
        while ada.hear("people")["names"] != ["Ada"]:
            pass

    def test_who_comes_back_gets_what_it_has_missed(self):
        ada, grace = self.socket(), self.socket()
        welcome = ada.enter("Resume", "Ada")
        grace.enter("Resume", "Grace")
        grace.say("one")
        seen = ada.hear("message")
        ada.enter("Elsewhere")
        grace.say("two")
        grace.hear("message")
        grace.say("three")
        again = ada.enter("Resume", position=position_after(welcome, seen))
        self.assertTrue(again["resumed"])
        self.assertEqual(again["history"], [])
        self.assertEqual([ada.hear("message")["text"] for _ in range(2)], ["two", "three"])

    def test_who_comes_back_too_late_gets_the_history(self):
        ada = self.socket()
        old = ada.enter("Too late")["position"]
        writers = [self.socket() for _ in range(25)]
        for number, writer in enumerate(writers):
            writer.enter("Too late", f"Writer {number}")
            for _ in range(9):
                writer.say(str(number))
            for _ in range(9):
                while writer.hear("message")["text"] != str(number):
                    pass
        for position in (old, "1-0123456789abcdef.1", "nonsense"):
            welcome = ada.enter("Too late", position=position)
            self.assertFalse(welcome["resumed"])
            self.assertEqual(len(welcome["history"]), 200)

    def test_what_is_said_again_counts_once(self):
        ada = self.socket()
        ada.enter("Again")
        ada.say("one", key="abc")
        ada.say("one", key="abc", again=True)
        ada.say("two", key="abd", again=True)
        self.assertEqual([ada.hear("message")["text"] for _ in range(2)], ["one", "two"])

    def test_bad_requests_are_refused_with_a_sentence(self):
        for request, sentence in [
                ({"type": "say", "text": "x", "key": "a"}, "Enter a room first"),
                ({"type": "enter", "room": "", "name": "Ada"}, "The room's name is empty"),
                ({"type": "enter", "room": "r" * 33, "name": "Ada"}, "The room's name is longer than 32 characters"),
                ({"type": "enter", "room": "r", "name": "  "}, "The name is empty"),
                ({"type": "enter", "room": "r", "name": "é" * 41}, "The name is longer than 40 characters"),
                ({"type": "enter", "room": "r", "name": "a\nb"}, "The name has characters that cannot be shown"),
                ({"type": "enter", "room": "r", "name": "\u200b\ufe0f"}, "The name has characters that cannot be shown"),
                ({"type": "enter", "room": "a\u202eb", "name": "Ada"}, "The room's name has characters that cannot be shown"),
                ({"type": "say", "text": " \n", "key": "a"}, "The message is empty"),
                ({"type": "say", "text": "é" * 2001, "key": "a"}, "The message is longer than 2000 characters"),
                ({"type": "say", "text": "\0", "key": "a"}, "The message has characters that cannot be shown"),
                ({"type": "say", "text": "x", "key": "\""}, "A message needs a key of small letters and digits"),
                ({"type": "sing"}, "There is nothing of that type"),
                ([], "That is no JSON object"),
                ({"type": 7}, "There is nothing of that type")]:
            with self.subTest(sentence), contextlib.closing(Socket(self.server)) as socket:
                socket.send_text(json.dumps(request))
                self.assertEqual(socket.hear("refused")["why"], sentence)

    def test_characters_count_not_bytes(self):
        ada = self.socket()
        ada.enter("é" * 32, "é" * 40)
        ada.say("é" * 2000)
        self.assertEqual(ada.hear("message")["text"], "é" * 2000)

    def test_who_asks_too_much_is_told_so_and_then_closed(self):
        socket = self.socket()
        socket.enter("Rate")
        for number in range(70):
            socket.say(str(number))
        self.assertIn("too much at once", socket.hear("refused")["why"])
        self.assertEqual(socket.close_code(), 1008)

    def test_one_address_has_a_limited_number_of_connections(self):
        with programs.serve(APP, "--logging=warning") as server, contextlib.ExitStack() as sockets:
            for _ in range(500):
                sockets.enter_context(contextlib.closing(Socket(server))).hear("rooms")
            self.assertEqual(Socket(server).close_code(), 1008)
            sockets.pop_all().close()
            wait_until(lambda: is_let_in(server), "room for others")

    def test_who_comes_again_may_not_ask_for_more(self):
        with programs.serve(APP, "--logging=warning") as server:
            for _ in range(1_000):
                with contextlib.closing(Socket(server)) as socket:
                    socket.send(type="enter", room="Rate", name="Ada")  # may be refused already
                    for _ in range(5):
                        socket.send(type="ping")
                    socket.send(type="enter", room="", name="")
                    if "too much at once" in socket.hear("refused")["why"]:
                        return
            self.fail("nobody refuses")

    def test_a_refused_room_leaves_one_in_the_former(self):
        ada, grace = self.socket(), self.socket()
        ada.enter("Former", "Ada")
        grace.enter("Former", "Grace")
        ada.send(type="enter", room="\u202e", name="Ada")
        ada.hear("refused")
        grace.say("still here?")
        self.assertEqual(ada.hear("message")["text"], "still here?")

    def test_a_large_request_closes(self):
        socket = self.socket()
        socket.send_text("x" * 20_000)
        self.assertEqual(socket.close_code(), 1009)

    def test_pages_of_others_may_not_connect(self):
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            Socket(self.server, origin="https://example.com")
        self.assertEqual(refused.exception.status_code, 403)

    def test_sigterm_sends_1001(self):
        server = programs.Server([str(APP), "--port=0", "--logging=warning"])
        socket = Socket(server)
        socket.enter()
        server.send_signal(signal.SIGTERM)
        self.assertEqual(socket.close_code(), 1001)
        self.assertEqual(server.wait(), 0)


class ScaledOutTest(unittest.TestCase):
    def sockets(self, server, count):
        """They reach several processes, as the kernel deals them out."""
        sockets = [Socket(server) for _ in range(count)]
        for socket in sockets:
            self.addCleanup(socket.close)
        return sockets

    def check(self, *servers):
        sockets = [socket for server in servers for socket in self.sockets(server, 8)]
        for number, socket in enumerate(sockets):
            socket.enter("Together", f"Person {number:02}")
        names = [f"Person {number:02}" for number in range(len(sockets))]
        for socket in sockets:
            while socket.hear("people")["names"] != names:
                pass
        for number, socket in enumerate(sockets):
            socket.say(f"from {number}")
        for socket in sockets:
            texts = {socket.hear("message")["text"] for _ in sockets}
            self.assertEqual(texts, {f"from {number}" for number in range(len(sockets))})
        return sockets

    def test_four_processes_are_one_chat(self):
        with programs.serve(APP, "--processes=4", "--logging=warning") as server:
            self.check(server)
            late = self.sockets(server, 8)
            for socket in late:
                self.assertEqual(len(socket.enter("Together", "Late")["history"]), 8)

    def test_a_process_that_dies_is_replaced_and_knows_the_history(self):
        with programs.serve(APP, "--processes=2", "--logging=warning") as server:
            children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
            self.check(server)
            victim = int(children.read_text().split()[0])
            os.kill(victim, signal.SIGKILL)
            wait_until(lambda: str(victim) not in children.read_text().split() and len(children.read_text().split()) == 2, "an heir")
            for socket in self.sockets(server, 8):
                self.assertEqual(len(socket.enter("Together", "Late")["history"]), 8)

    def test_nothing_is_told_while_nothing_changes(self):
        with programs.serve(APP, "--processes=2", "--logging=warning") as server:
            socket, = self.sockets(server, 1)
            socket.enter("Quiet")
            while socket.hear("people")["count"] != 1:
                pass
            time.sleep(11)  # each process has said twice that it lives
            socket.send(type="ping")
            self.assertNotIn("people", socket.kinds_until("pong"))

    def test_a_gap_is_told_to_those_who_stay(self):
        redis = Redis()
        self.addCleanup(redis.close)
        with programs.serve(APP, f"--redis=redis://127.0.0.1:{redis.port}", "--logging=warning") as server:
            page, = self.sockets(server, 1)
            page.enter("Gap")
            wait_until(lambda: publish(redis, "talk:room Gap", published("Gap", 7, 1, "one")) == 1, "somebody who listens")
            publish(redis, "talk:room Gap", published("Gap", 7, 4, "four"))
            self.assertNotIn("missed", page.hear("message"))
            self.assertEqual(page.hear("message")["missed"], 2)

    def test_two_machines_are_one_chat(self):
        redis = Redis()
        self.addCleanup(redis.close)
        url = f"--redis=redis://127.0.0.1:{redis.port}"
        with programs.serve(APP, "--processes=2", url) as one, programs.serve(APP, url) as two:
            self.check(one, two)


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Browser())

    def setUp(self):
        self.server = self.enterContext(programs.serve(APP, "--logging=warning"))

    def open(self, device="desktop", person=None, room="", **settings):
        page = self.browser.open(self.server.url + "/" + room, device, context=person or self.browser.new_person(), **settings)
        page.wait_for(ONLINE)
        self.addCleanup(page.close)
        return page

    def say(self, page, text):
        page.click("#text")
        page.type(text)
        page.press("Enter")

    def wait_for_messages(self, page, *texts):
        expected = json.dumps(texts)
        page.wait_for(f"JSON.stringify([...document.querySelectorAll('.message .body')].map(e => e.textContent)) === "
                      f"JSON.stringify({expected}) && !document.querySelector('.waiting')")

    def rename(self, page, name):
        page.click("#rename")
        page.wait_for("document.getElementById('name-dialog').open")
        page.type(name)
        page.press("Enter")
        page.wait_for("!document.getElementById('name-dialog').open")

    def test_two_people_talk(self):
        ada, grace = self.open(), self.open("phone")
        self.say(ada, "Hello")
        self.wait_for_messages(grace, "Hello")
        self.say(grace, "<b>Hi</b> & welcome")
        for page in (ada, grace):
            self.wait_for_messages(page, "Hello", "<b>Hi</b> & welcome")
        self.assertEqual(ada.texts(".mine .body"), ["Hello"])
        self.assertEqual(grace.texts(".mine .body"), ["<b>Hi</b> & welcome"])
        self.assertEqual(grace.texts(".message:not(.mine) .name"), [ada.text("#my-name")])
        for page in (ada, grace):
            page.wait_for("document.getElementById('people').children.length === 2")
        self.assertEqual(grace.text("#count"), "2 here")
        self.assertEqual(ada.texts("#rooms button"), ["Lobby\n2"])
        self.assertEqual(ada.complaints + grace.complaints, [])

    def test_rooms_are_apart(self):
        ada, grace = self.open(), self.open()
        ada.click("#room-name")
        ada.type("Engines & looms")
        ada.press("Enter")
        ada.wait_for("document.getElementById('room-title').textContent === 'Engines & looms'")
        self.say(ada, "Not for the lobby")
        self.wait_for_messages(ada, "Not for the lobby")
        self.assertEqual(grace.texts(".message .body"), [])
        grace.wait_for("[...document.querySelectorAll('#rooms bdi')].some(e => e.textContent === 'Engines & looms')")
        grace.evaluate("[...document.querySelectorAll('#rooms button')].find(e => e.textContent.startsWith('Engines')).id = 'engines'")
        grace.click("#engines")
        self.wait_for_messages(grace, "Not for the lobby")
        ada.evaluate("history.back()")
        ada.wait_for("document.getElementById('room-title').textContent === 'Lobby'")
        self.wait_for_messages(ada)

    def test_a_name_can_be_changed(self):
        ada, grace = self.open(), self.open()
        self.rename(ada, "Ada Lovelace")
        grace.wait_for("[...document.querySelectorAll('#people bdi')].some(e => e.textContent === 'Ada Lovelace')")
        self.say(ada, "It is me")
        self.wait_for_messages(grace, "It is me")
        self.assertEqual(grace.texts(".message .name"), ["Ada Lovelace"])

    def test_a_phone_shows_rooms_and_people_when_asked(self):
        page = self.open("phone")
        self.assertFalse(page.evaluate("document.getElementById('side').checkVisibility({checkVisibilityCSS: true})"))
        page.click("#open-side")
        page.wait_for("document.getElementById('side').getBoundingClientRect().left === 0")
        self.assertEqual(page.layout_faults(), [])
        page.press("Escape")
        page.wait_for("!document.getElementById('side').checkVisibility({checkVisibilityCSS: true})")
        self.assertEqual(page.focused(), "open-side")

    def test_a_screen_reader_finds_a_name_for_everything(self):
        page = self.open()
        controls = page.controls()
        self.assertEqual([name for _, name in controls if not name], [])
        self.assertIn(("textbox", "Message"), controls)
        self.assertIn(("button", "Send"), controls)

    def test_name_and_draft_survive_a_reload(self):
        page = self.open()
        name = page.text("#my-name")
        self.say(page, "mine")
        self.wait_for_messages(page, "mine")
        page.type("half a thou")
        page.go(self.server.url + "/")
        self.wait_for_messages(page, "mine")
        self.assertEqual((page.text("#my-name"), page.evaluate("document.getElementById('text').value")), (name, "half a thou"))
        self.assertEqual(page.texts(".mine .body"), ["mine"])

    def test_it_goes_on_after_the_network_was_away(self):
        page, other = self.open("phone"), self.open()
        self.say(page, "before")
        self.wait_for_messages(page, "before")
        self.wait_for_messages(other, "before")
        # Chromium leaves WebSockets alone when it plays offline: the page learns of it by its event.
        page.set_offline(True)
        page.wait_for(OFFLINE)
        self.say(page, "from the tunnel")
        self.assertEqual(page.texts(".waiting .body"), ["from the tunnel"])
        self.assertIn("sent as soon as the server is there again", page.text("#notice"))
        self.say(other, "meanwhile")
        self.wait_for_messages(other, "before", "meanwhile")
        page.set_offline(False)
        page.wait_for(ONLINE)
        self.wait_for_messages(other, "before", "meanwhile", "from the tunnel")
        page.wait_for("!document.querySelector('.waiting') && document.querySelectorAll('.message').length === 3")
        self.assertEqual(page.texts(".gap"), [])
        self.assertFalse(page.evaluate("document.getElementById('notice').checkVisibility()"))

    def test_it_goes_on_after_a_restart_of_the_server(self):
        first = programs.Server([str(APP), "--port=0", "--logging=warning"])
        self.server = first
        page, other = self.open(), self.open("phone")
        self.say(page, "before")
        self.wait_for_messages(other, "before")
        first.stop()
        page.wait_for(OFFLINE)
        self.say(page, "meanwhile")
        with contextlib.closing(contextlib.ExitStack()) as stack:
            second = programs.Server([str(APP), f"--port={first.port}", "--logging=warning"])
            stack.callback(second.stop)
            for each in (page, other):
                each.wait_for(ONLINE)
                self.wait_for_messages(each, "before", "meanwhile")
                each.wait_for("document.querySelectorAll('.gap').length === 1")
                self.assertEqual(each.texts(".day"), ["Today"])
            self.say(other, "after")
            self.wait_for_messages(page, "before", "meanwhile", "after")

    def test_it_comes_back_to_another_process_and_misses_nothing(self):
        with programs.serve(APP, "--processes=3", "--logging=warning") as self.server:
            pages = [self.open() for _ in range(3)]
            for number, page in enumerate(pages):
                self.say(page, f"hello {number}")
                for each in pages:
                    each.wait_for(f"document.querySelectorAll('.message').length === {number + 1}")
            children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
            for child in children[:2]:  # one of them stays, who knows it all
                os.kill(int(child), signal.SIGKILL)
            for page in pages:
                page.wait_for(ONLINE)
            self.say(pages[0], "still here")
            for page in pages:
                page.wait_for("document.querySelectorAll('.message').length === 4")
                self.assertEqual(page.texts(".gap"), [])

    def test_what_is_refused_can_be_sent_again(self):
        page = self.open()
        for number in range(14):
            self.say(page, str(number))
        page.wait_for("document.querySelector('.refused') !== null")
        self.assertIn("too much at once", page.text(".problem:not([hidden])"))
        page.wait_for("document.querySelectorAll('.message:not(.refused):not(.waiting)').length >= 9")
        time.sleep(1.5)
        page.click(".refused .again")
        page.wait_for("document.querySelectorAll('.message:not(.refused):not(.waiting)').length >= 10")

    def test_look(self):
        people = [self.open(person=self.browser.new_person()) for _ in range(3)]
        for page, name in zip(people, ("Ada Lovelace", "Grace Hopper", "Alan Turing")):
            self.rename(page, name)
        self.say(people[0], "Good morning! Has anybody looked at the engine since yesterday?")
        self.wait_for_messages(people[1], people[0].texts(".body")[0])
        self.say(people[1], "I have. There was a moth in it.")
        self.wait_for_messages(people[2], *people[1].texts(".body"))
        self.say(people[2], "Long words and links have to fit: https://example.com/" + "long" * 30)
        self.wait_for_messages(people[0], *people[2].texts(".body"))
        self.say(people[0], "So do many lines.\nOne\nTwo\nThree".replace("\n", " "))
        for page, room in zip(people[1:], ("Analytical engines", "Moths")):
            page.evaluate(f"location.hash = '{room}'")
        with tempfile.TemporaryDirectory() as folder:
            for device, dark in ((device, dark) for device in SIZES for dark in (False, True)):
                with self.subTest(device=device, dark=dark):
                    page = self.open(device, dark=dark)
                    page.wait_for("document.querySelectorAll('.message').length === 4 && document.querySelectorAll('#rooms li').length >= 3")
                    self.assertEqual(page.layout_faults(), [])
                    file = Path(os.environ.get("TORNADO_SCREENSHOTS", folder)) / f"rooms-{device}{'-dark' * dark}.png"
                    page.screenshot(file)
                    self.assertEqual(read_png(file)[:2], SIZES[device])
                    if device == "phone":
                        page.click("#open-side")
                        page.wait_for("document.getElementById('side').getBoundingClientRect().left === 0")
                        self.assertEqual(page.layout_faults(), [])
                        page.screenshot(file.with_stem(file.stem + "-side"))


if __name__ == "__main__":
    unittest.main()
