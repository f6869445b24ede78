"""The chat: its answers to requests, well meant and not, and its page in headless Chromium on a phone and on a desk."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import tempfile
import time
import unittest
import urllib.parse
from pathlib import Path

import programs
from browser import SIZES, Browser
from cases import ServerCase
from chromium_test import read_png

CHAT = programs.BUILD / "apps/chat/chat"
TOKEN = "0123456789abcdef0123456789abcdef"
HEADERS = {"Cookie": f"_xsrf={TOKEN}", "X-XSRFToken": TOKEN}
ONLINE = "document.getElementById('state').dataset.state === 'online'"
OFFLINE = "document.getElementById('state').dataset.state === 'offline'"


def ask(server, method, path, fields=None, headers=HEADERS, body=None):
    """Status, head and body of an answer; JSON is taken apart."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=60)
    with contextlib.closing(connection):
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers = headers | {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        if response.getheader("Content-Type", "").startswith("application/json"):
            content = json.loads(content)
        return response.status, response, content


def say(server, body, key="", name="Ada"):
    return ask(server, "POST", "/a/message/new", {"body": body, "name": name, "key": key})


def updates(server, cursor="", wait=0):
    return ask(server, "POST", "/a/message/updates", {"cursor": cursor, "wait": wait})[2]["messages"]


def begin_to_wait(server):
    """A connection whose question for messages is being kept open."""
    body = f"cursor={updates(server)[-1]['id']}" if updates(server) else ""
    connection = socket.create_connection((server.host, server.port), timeout=60)
    connection.sendall(
        f"POST /a/message/updates HTTP/1.1\r\nHost: x\r\nCookie: _xsrf={TOKEN}\r\nX-XSRFToken: {TOKEN}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    return connection


class DebugTest(unittest.TestCase):
    def test_it_starts_again_when_it_is_rebuilt(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("chat", "rebuilt"):
            shutil.copy2(CHAT, folder / name)
        for name in ("site", "conversation"):
            (folder / name).symlink_to((CHAT.parent / name).resolve())
        server = self.enterContext(programs.serve([str(folder / "chat")], "--debug"))
        self.assertEqual(ask(server, "GET", "/")[0], 200)
        os.replace(folder / "rebuilt", folder / "chat")
        server.url = server.read_line().removeprefix("Listening on ")  # said by the same process
        server.port = int(server.url.rpartition(":")[2])
        self.assertEqual(ask(server, "GET", "/")[0], 200)


class MessagesTest(ServerCase):
    program = CHAT
    options = ("--logging=debug",)

    def wait_for_log(self, text):
        end = time.monotonic() + 60
        while text not in self.server.log():
            self.assertLess(time.monotonic(), end, self.server.log())
            time.sleep(0.01)

    def test_a_message_comes_to_those_who_ask_later(self):
        status, _, message = say(self.server, "  Hello <b>\n there ", key="k1")
        self.assertEqual((status, message["name"], message["body"]), (200, "Ada", "Hello <b>\n there"))
        self.assertAlmostEqual(message["time"] / 1000, time.time(), delta=60)
        self.assertEqual(updates(self.server)[-1], message)

    def test_a_cursor_leaves_out_what_has_been_seen(self):
        first, second, third = (say(self.server, text)[2] for text in ("one", "two", "three"))
        self.assertEqual(updates(self.server, first["id"]), [second, third])
        self.assertEqual(updates(self.server, third["id"]), [])
        self.assertGreater(len(updates(self.server, "never was")), 2)

    def test_who_waits_hears_at_once(self):
        cursor = say(self.server, "before")[2]["id"]
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            waiting = [pool.submit(updates, self.server, cursor, 25) for _ in range(20)]
            message = say(self.server, "after")[2]
            for answer in waiting:
                self.assertEqual(answer.result(60), [message])

    def test_who_waits_in_vain_is_told_so(self):
        cursor = say(self.server, "quiet")[2]["id"]
        self.assertEqual(updates(self.server, cursor, 1), [])

    def test_a_reader_who_goes_is_not_waited_for(self):
        before = self.server.log().count("A reader has gone; 0 are waiting")
        connection = begin_to_wait(self.server)
        ask(self.server, "GET", "/")  # by now it waits
        connection.close()
        end = time.monotonic() + 60
        while self.server.log().count("A reader has gone; 0 are waiting") == before:
            self.assertLess(time.monotonic(), end, self.server.log())
        self.assertNotIn("ERROR", self.server.log())
        self.assertNotIn("Cancelled", self.server.log())

    def test_what_is_sent_twice_counts_once(self):
        first = say(self.server, "once", key="same")[2]
        self.assertEqual(say(self.server, "once", key="same")[2], first)
        self.assertEqual([m["body"] for m in updates(self.server)].count("once"), 1)

    def test_nobody_hears_under_which_key_another_has_written(self):
        say(self.server, "signed", key="a-secret-of-mine")
        self.assertEqual(set().union(*updates(self.server)), {"id", "name", "body", "time"})
        self.assertNotIn(b"a-secret-of-mine", ask(self.server, "GET", "/")[2])

    def test_what_is_no_message_is_refused_with_a_sentence(self):
        for fields, sentence in (
                ({"body": "", "name": "Ada"}, "The message is empty"),
                ({"body": " \n ", "name": "Ada"}, "The message is empty"),
                ({"name": "Ada"}, "The message is empty"),
                ({"body": "x" * 2001, "name": "Ada"}, "The message is longer than 2000 characters"),
                ({"body": "x", "name": ""}, "The message has no name to it"),
                ({"body": "x", "name": "é" * 41}, "The name is longer than 40 characters"),
                ({"body": "x", "name": "Ada", "key": "k" * 65}, "The key is longer than 64 bytes")):
            with self.subTest(sentence):
                status, _, answer = ask(self.server, "POST", "/a/message/new", fields)
                self.assertEqual((status, answer), (400, {"error": sentence}))
        self.assertEqual(say(self.server, "€" * 2000, name="é" * 40)[0], 200)

    def test_bad_requests_have_an_answer_in_json(self):
        form = HEADERS | {"Content-Type": "application/x-www-form-urlencoded"}
        for expected, path, body in (
                (400, "/a/message/new", "body=%ff&name=Ada"), (400, "/a/message/updates", "wait=soon"),
                (400, "/a/message/updates", "wait=99999999999999999999")):
            with self.subTest(body):
                status, _, answer = ask(self.server, "POST", path, headers=form, body=body)
                self.assertEqual((status, list(answer)), (expected, ["error"]))
        self.assertEqual(ask(self.server, "GET", "/a/message/new")[0], 405)
        self.assertEqual(ask(self.server, "POST", "/a/message/new", headers=form, body="body=" + "x" * 70_000)[0], 413)
        self.assertNotIn("ERROR", self.server.log())

    def test_without_the_token_nothing_changes(self):
        before = updates(self.server)
        for headers in ({}, {"Cookie": f"_xsrf={TOKEN}"}, HEADERS | {"X-XSRFToken": TOKEN[::-1]}):
            status, _, answer = ask(self.server, "POST", "/a/message/new", {"body": "x", "name": "Eve"}, headers)
            self.assertEqual((status, list(answer)), (403, ["error"]))
        self.assertEqual(updates(self.server), before)


class ManyMessagesTest(ServerCase):
    program = CHAT

    def test_the_last_200_are_kept(self):
        for number in range(205):
            say(self.server, str(number))
        self.assertEqual([message["body"] for message in updates(self.server)], [str(number) for number in range(5, 205)])


class SiteTest(ServerCase):
    program = CHAT

    def test_the_page_comes_with_a_token_and_a_policy(self):
        status, response, content = ask(self.server, "GET", "/", headers={})
        self.assertEqual(status, 200)
        self.assertIn(b"<title>Chat</title>", content)
        self.assertRegex(response.getheader("Set-Cookie"), r"^_xsrf=2\|.+; Path=/; SameSite=Lax$")
        self.assertIn("default-src 'self'", response.getheader("Content-Security-Policy"))
        self.assertEqual(response.getheader("Cache-Control"), "no-cache")

    def test_a_page_that_has_not_changed_still_brings_the_token(self):
        etag = ask(self.server, "GET", "/")[1].getheader("Etag")
        status, response, content = ask(self.server, "GET", "/", headers={"If-None-Match": etag})
        self.assertEqual((status, content), (304, b""))
        self.assertIn("_xsrf=", response.getheader("Set-Cookie"))

    def test_a_monitor_that_asks_by_head_gets_no_405(self):
        status, response, content = ask(self.server, "HEAD", "/")
        self.assertEqual((status, content), (200, b""))
        self.assertGreater(int(response.getheader("Content-Length")), 1000)

    def test_an_address_that_leads_nowhere_has_a_page_that_leads_back(self):
        for path in ("/nothing", "/static/nothing", "/conversation/nothing"):
            with self.subTest(path):
                status, response, content = ask(self.server, "GET", path)
                self.assertEqual((status, response.getheader("Content-Type")), (404, "text/html; charset=UTF-8"))
                self.assertIn(b'<meta name="viewport"', content)
                self.assertIn(b"<h1>There is nothing here</h1>", content)
                self.assertIn(b'<a href="/">', content)
        self.assertEqual(ask(self.server, "POST", "/nothing", {})[0], 404)

    def test_all_that_the_page_names_is_there(self):
        _, _, page = ask(self.server, "GET", "/", headers={})
        for path, kind in (("/static/chat.css", "text/css"), ("/static/chat.js", "text/javascript"),
                           ("/static/connection.js", "text/javascript"), ("/static/icon.svg", "image/svg+xml"),
                           ("/conversation/conversation.css", "text/css"), ("/conversation/view.js", "text/javascript")):
            named = re.search(rf'"({path}\?v=[0-9a-f]+)"', page.decode())
            path = named[1] if named else path  # scripts name their modules without a version
            status, response, _ = ask(self.server, "GET", path, headers={})
            self.assertEqual((status, response.getheader("Content-Type").partition(";")[0], response.getheader("Set-Cookie"),
                              response.getheader("Cache-Control")),
                             (200, kind, None, "max-age=315360000" if named else "no-cache"))
        self.assertEqual(ask(self.server, "GET", "/nothing")[0], 404)
        self.assertEqual(ask(self.server, "GET", "/static/../templates/index.html")[0], 403)

    def test_the_page_has_the_messages_that_there_are(self):
        message = say(self.server, "see http://example.com/?a&b <b>\n'x'", key="k<1>", name="A & B")[2]
        page = ask(self.server, "GET", "/", headers={})[2].decode()
        self.assertIn(f'data-id="{message["id"]}" data-time="{message["time"]}"', page)
        self.assertIn('<bdi class="name">A &amp; B</bdi>', page)
        self.assertIn('see <a href="http://example.com/?a&amp;b" rel="noopener noreferrer nofollow" target="_blank">'
                      "http://example.com/?a&amp;b</a> &lt;b&gt;\n&#x27;x&#x27;</p>", page)


class StoppingTest(unittest.TestCase):
    def test_sigterm_answers_those_who_wait_and_ends(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = programs.Server([str(CHAT), "--port=0", "--drain_timeout=60"])
            with begin_to_wait(server) as connection:
                ask(server, "GET", "/")
                server.send_signal(number)
                answer = b""
                while piece := connection.recv(65536):
                    answer += piece
                self.assertIn(b"200 OK", answer)
                self.assertIn(b"Connection: close", answer)
                self.assertTrue(answer.endswith(b'{"messages": []}'), answer)
            self.assertEqual(server.wait(), 0)


class HistoryTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.file = self.folder / "history"

    def test_messages_outlive_the_server(self):
        with programs.serve(CHAT, f"--history={self.file}") as server:
            messages = [say(server, text, key=text)[2] for text in ("one", "two\nlines", "dr\u00e9i \U0001f600")]
        with programs.serve(CHAT, f"--history={self.file}") as server:
            self.assertEqual(updates(server), messages)
            self.assertEqual(say(server, "one", key="one")[2], messages[0])
            messages.append(say(server, "four")[2])
        with programs.serve(CHAT, f"--history={self.file}") as server:
            self.assertEqual(updates(server), messages)

    def test_damaged_lines_are_left_out(self):
        with programs.serve(CHAT, f"--history={self.file}") as server:
            message = say(server, "whole")[2]
        line = self.file.read_bytes()
        beyond = re.sub(rb'"time": \d+', b'"time": 9000000000000000000', line)
        self.file.write_bytes(b"\xff\n" + line + b"{}\n[1]\n" + beyond + line[:20])
        with programs.serve(CHAT, f"--history={self.file}") as server:
            self.assertEqual(updates(server), [message])
            self.assertIn("left out 5 lines that are no messages", server.log())
        self.assertEqual(self.file.read_bytes(), line)

    def test_after_a_full_disk_no_confirmed_message_is_lost(self):
        with programs.serve(["env", "--ignore-signal=XFSZ", str(CHAT)], f"--history={self.file}") as server:
            kept = [say(server, f"before {number}")[2] for number in range(20)]
            room = self.file.stat().st_size + 60  # for half a message
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            self.assertEqual(say(server, "no room", key="again")[0], 500)
            self.assertEqual(say(server, "no room", key="again")[0], 500)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            status, _, message = say(server, "room again", key="again")
            self.assertEqual(status, 200)
            kept += [message, say(server, "after")[2]]
            self.assertEqual(updates(server), kept)
        with programs.serve(CHAT, f"--history={self.file}") as server:
            self.assertEqual(updates(server), kept)
            self.assertNotIn("left out", server.log())

    def test_it_is_kept_short(self):
        with programs.serve(CHAT, f"--history={self.file}") as server:
            for number in range(203):
                say(server, str(number))
        with programs.serve(CHAT, f"--history={self.file}"):
            self.assertEqual(len(self.file.read_text().splitlines()), 200)

    def test_it_is_kept_short_while_the_server_runs(self):
        with programs.serve(CHAT, f"--history={self.file}") as server:
            for number in range(700):
                message = say(server, f"{number} " + "x" * 1900)[2]
            self.assertLess(self.file.stat().st_size, 1_100_000)
            shown = updates(server)
        with programs.serve(CHAT, f"--history={self.file}") as server:
            self.assertEqual(updates(server), shown)
            self.assertEqual(shown[-1], message)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["history"])


class CommandLineTest(unittest.TestCase):
    def assert_refuses(self, options, sentence, status=1):
        done = programs.run(CHAT, *options)
        self.assertEqual((done.stderr, done.stdout, done.returncode), (f"chat: {sentence}\n", "", status))

    def test_help_lists_the_options(self):
        done = programs.run(CHAT, "--help")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        for option in ("address", "debug", "drain-timeout", "history", "port", "site", "xheaders"):
            self.assertIn(f"--{option}", done.stderr)

    def test_mistakes_have_a_sentence(self):
        self.assert_refuses(["8888"], 'what is "8888"? (--help lists all options)', 2)
        self.assert_refuses(["--prot=1"], "there is no option --prot; did you mean --port? (--help lists all options)", 2)
        self.assert_refuses(["--drain-timeout=-5"], "--drain-timeout is not less than 0, as is -5", 2)
        self.assert_refuses(["--port=99999"], '--port: "99999" is not an integer from 0 to 65535 (--help lists all options)', 2)
        self.assert_refuses(["--site=/nowhere"], "there is no page in /nowhere; --site names its folder")
        self.assert_refuses(["--history=/nowhere/file"], "cannot write the history /nowhere/file.new: No such file or directory")
        self.assert_refuses(["--history=/"], "cannot read the history /: Is a directory")


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Browser())

    def setUp(self):
        self.server = self.enterContext(programs.serve(CHAT, "--logging=warning"))

    def open(self, device="desktop", person=None, **settings):
        page = self.browser.open(self.server.url + "/", device, context=person or self.browser.new_person(), **settings)
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
        self.assertEqual(ada.complaints + grace.complaints, [])

    def test_links_in_messages_lead_away_and_run_nothing(self):
        page = self.open()
        self.say(page, "see https://example.com/a?b=c&d=(e). or javascript:alert(1) <img src=x onerror=alert(1)>")
        page.wait_for("document.querySelector('.body a') !== null")
        self.assertEqual(page.evaluate("[...document.querySelectorAll('.body a')].map(e => [e.href, e.rel, e.target])"),
                         [["https://example.com/a?b=c&d=(e", "noopener noreferrer nofollow", "_blank"]])
        self.assertEqual(page.evaluate("document.querySelectorAll('.body img').length"), 0)

    def test_the_keyboard_is_enough(self):
        page = self.open()
        self.assertEqual(page.focused(), "text")
        page.type("first line")
        page.press("Enter", shift=True)
        page.type("second line")
        page.press("Enter")
        self.wait_for_messages(page, "first line\nsecond line")
        self.assertEqual((page.focused(), page.evaluate("document.getElementById('text').value")), ("text", ""))
        page.evaluate("document.querySelector('.skip').focus()")
        page.press("Enter")
        page.wait_for("document.activeElement.id === 'text'")
        page.click("h1")
        page.press("Tab")
        self.assertEqual(page.focused(), "rename")
        page.press("Enter")
        self.assertEqual(page.wait_for("document.activeElement.id"), "name")
        page.type("Ada Lovelace")
        page.press("Enter")
        page.wait_for("!document.getElementById('name-dialog').open")
        self.assertEqual((page.text("#my-name"), page.focused()), ("Ada Lovelace", "rename"))
        page.press("Enter")
        page.press("Escape")
        page.wait_for("!document.getElementById('name-dialog').open")
        page.press("Tab")
        self.assertEqual(page.focused(), "log")

    def test_a_screen_reader_finds_a_name_for_everything(self):
        page = self.open()
        controls = page.controls()
        self.assertEqual([name for _, name in controls if not name], [])
        self.assertIn(("textbox", "Message"), controls)
        self.assertIn(("button", "Send"), controls)
        roles = [(node["role"]["value"], node.get("name", {}).get("value"))
                 for node in page.call("Accessibility.getFullAXTree")["nodes"] if "role" in node]
        self.assertIn(("log", "Messages"), roles)
        self.assertIn("status", [role for role, _ in roles])
        self.assertIn(("heading", "Chat"), roles)

    def test_name_and_draft_survive_a_reload(self):
        person = self.browser.new_person()
        page = self.open(person=person)
        name = page.text("#my-name")
        self.say(page, "mine")
        self.wait_for_messages(page, "mine")
        page.type("half a thou")
        page.go(self.server.url + "/")
        self.wait_for_messages(page, "mine")
        self.assertEqual((page.text("#my-name"), page.evaluate("document.getElementById('text').value")), (name, "half a thou"))
        self.assertEqual(page.texts(".mine .body"), ["mine"])

    def test_a_lost_cookie_is_fetched_again(self):
        page = self.open()
        page.call("Network.clearBrowserCookies")
        self.say(page, "still here")
        self.wait_for_messages(page, "still here")

    def test_what_is_written_without_a_network_is_sent_later(self):
        page, other = self.open("phone"), self.open()
        page.set_offline(True)
        page.wait_for(OFFLINE)
        self.say(page, "from the tunnel")
        self.assertEqual(page.texts(".waiting .body"), ["from the tunnel"])
        self.assertIn("sent as soon as the server is there again", page.text("#notice"))
        self.say(other, "meanwhile")
        page.set_offline(False)
        page.wait_for(ONLINE)
        self.wait_for_messages(other, "meanwhile", "from the tunnel")
        page.wait_for("!document.querySelector('.waiting') && document.querySelectorAll('.message').length === 2")
        self.assertFalse(page.evaluate("document.getElementById('notice').checkVisibility()"))

    def test_it_goes_on_after_a_restart_of_the_server(self):
        first = programs.Server([str(CHAT), "--port=0"])
        self.server, page = first, None
        page = self.open()
        self.say(page, "before")
        self.wait_for_messages(page, "before")
        first.stop()
        page.wait_for(OFFLINE)
        self.say(page, "while it is away")
        with programs.serve(CHAT, f"--port={first.port}") as second:
            page.click("#retry")
            page.wait_for(ONLINE)
            self.wait_for_messages(page, "before", "while it is away")
            self.assertEqual([message["body"] for message in updates(second)], ["while it is away"])
            say(second, "news", name="Bob")
            self.wait_for_messages(page, "before", "while it is away", "news")

    def test_an_answer_that_is_lost_makes_no_message_twice(self):
        page, other = self.open(), self.open()
        page.evaluate("(() => { const real = window.fetch; let lost = false; window.fetch = async (path, ...rest) => {"
                      " const answer = await real(path, ...rest);"
                      " if (path === 'a/message/new' && !lost) { lost = true; throw new TypeError('lost'); } return answer; }; })()")
        self.say(page, "once only")
        self.wait_for_messages(other, "once only")
        page.wait_for("document.querySelectorAll('.message.mine:not(.waiting)').length === 1"
                      " && document.querySelectorAll('.message').length === 1")
        self.assertEqual(len(updates(self.server)), 1)

    def test_two_people_never_talk_in_one_colour(self):
        names = ("Happy Heron", "Quiet Dolphin", "Brave Badger", "Calm Fox", "Lucky Lynx", "Merry Owl")
        for name in names:
            say(self.server, "I am here", name=name)
        page = self.open()
        hues = page.wait_for(f"(() => {{ const all = [...document.querySelectorAll('.message .avatar')].map("
                             f"(e) => Number(e.style.getPropertyValue('--hue'))); return all.length === {len(names)} && all; }})()")
        for index, hue in enumerate(sorted(hues)):
            following = sorted(hues)[(index + 1) % len(hues)]
            self.assertGreaterEqual((following - hue) % 360, 30, hues)

    def test_today_is_yesterday_after_midnight(self):
        say(self.server, "late")
        page = self.open()
        page.wait_for("document.querySelector('.day')?.textContent === 'Today'")
        page.evaluate("(() => { const Real = Date; window.Date = class extends Real {"
                      " constructor(...given) { given.length ? super(...given) : super(Real.now() + 86_400_000); } };"
                      " document.dispatchEvent(new Event('visibilitychange')); })()")
        page.wait_for("document.querySelector('.day').textContent === 'Yesterday'")

    def test_a_phone_on_its_side_has_no_margins(self):
        page = self.open("phone")
        page.call("Emulation.setDeviceMetricsOverride", width=844, height=390, deviceScaleFactor=1, mobile=True)
        page.wait_for("innerWidth === 844")
        self.assertEqual(page.evaluate("document.querySelector('.app').getBoundingClientRect().height"), 390)

    def test_the_empty_room_says_so_in_its_middle(self):
        for device in SIZES:
            page = self.open(device)
            top, bottom = page.wait_for("(() => { const e = document.getElementById('empty'); if (e.hidden) return null;"
                                        " const a = e.getBoundingClientRect(), b = document.getElementById('log').getBoundingClientRect();"
                                        " return [a.top - b.top, b.bottom - a.bottom]; })()")
            self.assertAlmostEqual(top, bottom, delta=14)

    def test_what_is_refused_can_be_discarded(self):
        page = self.open()
        page.evaluate("document.getElementById('text').maxLength = 5000")
        self.say(page, "x" * 2001)
        page.wait_for("document.querySelector('.refused') !== null")
        self.assertIn("The message is longer than 2000 characters.", page.text(".problem"))
        page.click(".drop")
        page.wait_for("!document.querySelector('.message')")

    def test_new_messages_do_not_move_who_reads_old_ones(self):
        for number in range(60):
            say(self.server, f"number {number}")
        page = self.open("phone")
        page.wait_for("document.querySelectorAll('.message').length === 60")
        page.evaluate("document.getElementById('log').scrollTop = 0")
        page.wait_for("document.getElementById('log').scrollTop === 0")
        say(self.server, "a new one")
        page.wait_for("!document.getElementById('jump').hidden")
        self.assertEqual((page.text("#jump"), page.evaluate("document.getElementById('log').scrollTop")), ("1 new message", 0))
        page.click("#jump")
        page.wait_for("document.getElementById('jump').hidden && document.getElementById('log').scrollTop > 0")

    def test_look(self):
        say(self.server, "Long words and links have to fit: https://example.com/" + "long" * 30, name="Ada Lovelace")
        say(self.server, "So do many lines.\n" * 5, name="Ada Lovelace")
        with tempfile.TemporaryDirectory() as folder:
            for device, dark in ((device, dark) for device in SIZES for dark in (False, True)):
                with self.subTest(device=device, dark=dark):
                    page = self.open(device, dark=dark)
                    page.wait_for("document.querySelectorAll('.message').length === 2")
                    self.assertEqual(page.layout_faults(), [])
                    file = Path(os.environ.get("TORNADO_SCREENSHOTS", folder)) / f"chat-{device}{'-dark' * dark}.png"
                    page.screenshot(file)
                    self.assertEqual(read_png(file)[:2], SIZES[device])

    def test_look_of_an_address_that_leads_nowhere(self):
        with tempfile.TemporaryDirectory() as folder:
            for device, dark in ((device, dark) for device in SIZES for dark in (False, True)):
                with self.subTest(device=device, dark=dark):
                    page = self.browser.open(self.server.url + "/nothing", device, dark=dark)
                    self.addCleanup(page.close)
                    self.assertEqual(page.layout_faults(), [])
                    file = Path(os.environ.get("TORNADO_SCREENSHOTS", folder)) / f"nothing-{device}{'-dark' * dark}.png"
                    page.screenshot(file)
                    page.click("a")
                    page.wait_for("location.pathname === '/'")


if __name__ == "__main__":
    unittest.main()
