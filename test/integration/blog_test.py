"""The blog: authors, entries, feed and languages, what strangers try, and its pages in headless Chromium on a phone and on a desk."""

import concurrent.futures
import contextlib
import html
import http.client
import http.cookies
import os
import re
import signal
import socket
import stat
import tempfile
import time
import unittest
import urllib.parse
import xml.etree.ElementTree
from pathlib import Path

import databases
import programs
from browser import SIZES, Browser
from chromium_test import read_png

BLOG = programs.BUILD / "apps/blog/blog"
ATOM = "{http://www.w3.org/2005/Atom}"
PASSWORD = "correct horse"
CHEAP_PASSWORDS = "--password-cost=10"
TEXT = """Some words, *soft* and **loud**, and `code <b>`.

# A heading
## A smaller one

- one
- two, see [the site](https://example.com/?a=b&c=d)

1. first
2. second

> Someone said so,
> long ago.

```
if (a < b) {
    return "<script>";
}
```

https://example.com/x_y. And \\*no emphasis\\*.

(See https://example.com/a_(b),
https://example.com/c)
[d](https://example.com/e_(f)) [g](https://example.com/(h)."""
RENDERED = """<p>Some words, <em>soft</em> and <strong>loud</strong>, and <code>code &lt;b&gt;</code>.</p>
<h2>A heading</h2>
<h3>A smaller one</h3>
<ul>
<li>one</li>
<li>two, see <a href="https://example.com/?a=b&amp;c=d" rel="noopener">the site</a></li>
</ul>
<ol>
<li>first</li>
<li>second</li>
</ol>
<blockquote><p>Someone said so,
long ago.</p></blockquote>
<pre><code>if (a &lt; b) {
    return &quot;&lt;script&gt;&quot;;
}
</code></pre>
<p><a href="https://example.com/x_y" rel="noopener">https://example.com/x_y</a>. And *no emphasis*.</p>
<p>(See <a href="https://example.com/a_(b)" rel="noopener">https://example.com/a_(b)</a>,
<a href="https://example.com/c" rel="noopener">https://example.com/c</a>)
<a href="https://example.com/e_(f)" rel="noopener">d</a> <a href="https://example.com/(h" rel="noopener">g</a>.</p>
"""
ATTACKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html,<script>alert(1)</script>)", "[a](https://x/\" onclick=\"alert(1))", "https://x/\"onmouseover=\"alert(1)", "`<b>`",
    "# <b>bold</b>", "```\n</code></pre><script>alert(1)</script>\n```", "**<i>**", "[<img src=x>](https://example.com)", "[a](vbscript:x)",
    "[https://a.b](https://c.d)", "{{ handler.settings }} {% raw 1 %}", "[a]( javascript:alert(1))", "[a](//example.com)", "> <script>", "- <script>",
]


class Client:
    """One reader, with a memory for cookies."""

    def __init__(self, server):
        self.server = server
        self.cookies = {}

    def ask(self, method, path, fields=None, headers=None):
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=60)
        with contextlib.closing(connection):
            body, headers = None, dict(headers or {})
            if fields is not None:
                body = urllib.parse.urlencode(fields)
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            if self.cookies:
                headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read().decode()
            for field in response.headers.get_all("Set-Cookie", []):
                for name, morsel in http.cookies.SimpleCookie(field).items():
                    self.cookies[name] = morsel.coded_value
            return response.status, response, content

    def get(self, path, **headers):
        return self.ask("GET", path, headers=headers)[2]

    def token(self, form):
        return html.unescape(re.search(r'name="_xsrf" value="([^"]+)"', self.get(form))[1])

    def post(self, path, fields, form=None):
        """As a browser does it: with the token of the form's page."""
        return self.ask("POST", path, fields | {"_xsrf": self.token(form or path)})

    def become_author(self, name="ada"):
        return self.post("/auth/create", {"name": name, "password": PASSWORD, "next": "/compose"})

    def write(self, title, text="Some words.", **more):
        status, response, _ = self.post("/compose", {"title": title, "text": text} | more)
        assert status == 303, status
        return response.getheader("Location")


class BlogCase(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())) / "data"
        self.database = databases.make(self.folder / "blog.db")
        self.place = f"--folder={self.folder}" if databases.KIND == "sqlite" else f"--database={self.database.url}"
        self.server = self.enterContext(programs.serve(BLOG, self.place, "--logging=warning", CHEAP_PASSWORDS))
        self.client = Client(self.server)

    def stop_server(self):
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(), 0)


class AuthorsTest(BlogCase):
    def test_who_comes_first_becomes_the_author(self):
        self.assertIn("Become the author", self.client.get("/"))
        status, response, _ = self.client.become_author()
        self.assertEqual((status, response.getheader("Location")), (303, "/compose"))
        self.assertIn("Logged in as ada", self.client.get("/"))
        late = Client(self.server)
        self.assertEqual(late.ask("GET", "/auth/create")[1].getheader("Location"), "/auth/login")
        token = re.search(r'name="_xsrf" value="([^"]+)"', late.get("/auth/login"))[1]
        self.assertEqual(late.ask("POST", "/auth/create", {"name": "eve", "password": PASSWORD, "_xsrf": token})[0], 403)

    def test_names_and_passwords_have_their_limits(self):
        for fields in ({"name": "", "password": PASSWORD}, {"name": "a" * 61, "password": PASSWORD}, {"name": "ada", "password": "short"}):
            status, _, page = self.client.post("/auth/create", fields)
            self.assertEqual(status, 400)
            self.assertIn('role="alert"', page)

    def test_the_author_logs_in_and_out(self):
        self.client.become_author()
        self.client.post("/auth/logout", {}, form="/compose")
        self.assertNotIn("Logged in", self.client.get("/"))
        for name, password in (("ada", "wrong horse"), ("eve", PASSWORD), ("", "")):
            status, _, page = self.client.post("/auth/login", {"name": name, "password": password})
            self.assertEqual(status, 403)
            self.assertIn("There is no author of that name with that password", page)
        status, response, _ = self.client.post("/auth/login", {"name": "ada", "password": PASSWORD, "next": "/archive"})
        self.assertEqual((status, response.getheader("Location")), (303, "/archive"))
        self.assertRegex("".join(response.headers.get_all("Set-Cookie")), "author=.*HttpOnly.*SameSite=Lax")
        self.assertIn("Logged in as ada", self.client.get("/"))

    def test_login_leads_to_no_other_site(self):
        self.client.become_author()
        self.assertIn('name="name" value=""', self.client.get("/auth/login"))
        for target in ("//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\n//b", "/ /b", "/\x7f", "/\u00e9"):
            response = self.client.post("/auth/login", {"name": "ada", "password": PASSWORD, "next": target})[1]
            self.assertEqual(response.getheader("Location"), "/")

    def test_no_stranger_makes_an_error_of_the_way_back(self):
        for target in ("/%7f", "/%c3%a9", "/%0b", "/%5cevil.example", "/%20/evil.example", "/%09/evil.example"):
            response = self.client.ask("GET", f"/language/de?next={target}")[1]
            self.assertEqual((response.status, response.getheader("Location")), (302, "/"))
        self.assertEqual(self.server.log(), "")

    def test_limits_count_characters(self):
        self.assertEqual(self.client.post("/auth/create", {"name": "\u00fc" * 61, "password": PASSWORD})[0], 400)
        self.assertEqual(self.client.post("/auth/create", {"name": "\u00fc" * 60, "password": "\u00e9" * 1001})[0], 400)
        self.assertEqual(self.client.post("/auth/create", {"name": "\u00fc" * 60, "password": "\u00e9" * 1000})[0], 303)
        self.assertEqual(self.client.post("/compose", {"title": "\u00fc" * 201, "text": "x"})[0], 400)
        self.assertEqual(self.client.write("\u00fc" * 200), "/entry/" + "u" * 60)
        other = Client(self.server)
        self.assertEqual(other.post("/auth/login", {"name": "\u00fc" * 60, "password": "\u00e9" * 1000})[0], 303)

    def test_a_name_is_one_line_of_text(self):
        for name in ("a\x0bb", "a\x7f", "a\uffffc", "a\nb", "a\tb"):
            status, _, page = self.client.post("/auth/create", {"name": name, "password": PASSWORD})
            self.assertEqual(status, 400, name)
            self.assertIn("The name is one line of text", page)

    def test_a_blog_with_an_author_hashes_nothing_for_strangers(self):
        self.client.become_author()
        form = Client(self.server)
        form.get("/auth/login")
        self.assertEqual(form.post("/auth/create", {"name": "", "password": "short"}, form="/auth/login")[0], 403)

    def test_a_flood_of_logins_is_refused(self):
        self.client.become_author()
        stranger = Client(self.server)
        token = re.search(r'name="_xsrf" value="([^"]+)"', stranger.get("/auth/login"))[1]
        body = urllib.parse.urlencode({"name": "ada", "password": "wrong horse", "_xsrf": html.unescape(token)}).encode()
        cookie = "; ".join(f"{name}={value}" for name, value in stranger.cookies.items())
        head = (f"POST /auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: {cookie}\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        sockets = [self.enterContext(socket.create_connection((self.server.host, self.server.port), 60)) for _ in range(60)]
        for each in sockets:
            each.sendall(head + body[:-1])
        for each in sockets:
            each.sendall(body[-1:])
        codes = [each.makefile("rb").readline().split()[1] for each in sockets]
        self.assertEqual(set(codes), {b"403", b"503"})
        self.assertGreaterEqual(codes.count(b"403"), 22)
        self.assertIn("Logged in as ada", self.client.get("/"))

    def test_a_new_password_ends_all_logins(self):
        self.client.become_author()
        self.assertIn("Logged in as ada", self.client.get("/"))
        self.stop_server()
        done = programs.run(BLOG, self.place, "--create-user=ada", "--password=another horse")
        self.assertEqual(done.returncode, 0)
        with programs.serve(BLOG, self.place) as second:
            self.client.server = second
            self.assertNotIn("Logged in", self.client.get("/"))
            self.assertEqual(self.client.post("/auth/login", {"name": "ada", "password": PASSWORD})[0], 403)
            self.assertEqual(self.client.post("/auth/login", {"name": "ada", "password": "another horse"})[0], 303)
            self.assertIn("Logged in as ada", self.client.get("/"))

    def test_the_login_page_has_no_link_to_itself(self):
        self.assertNotIn("/auth/login?next", self.client.get("/auth/create"))
        self.client.become_author()
        reader = Client(self.server)
        self.assertNotIn("/auth/login?next", reader.get("/auth/login?next=%2Farchive"))
        self.assertIn("/auth/login?next=%2Farchive", reader.get("/archive"))

    def test_a_forged_cookie_is_nobody(self):
        self.client.become_author()
        other = Client(self.server)
        other.cookies["author"] = self.client.cookies["author"].replace("YWRh", "ZXZl")
        self.assertNotIn("Logged in", other.get("/"))
        other.cookies["author"] = "ada"
        self.assertNotIn("Logged in", other.get("/"))

    def test_nobody_else_may_write(self):
        self.client.become_author()
        stranger = Client(self.server)
        response = stranger.ask("GET", "/compose?entry=a")[1]
        self.assertEqual((response.status, response.getheader("Location")), (302, "/auth/login?next=%2Fcompose%3Fentry%3Da"))
        self.assertEqual(stranger.post("/compose", {"title": "a", "text": "b"}, form="/auth/login")[0], 403)
        self.assertEqual(self.client.ask("POST", "/compose", {"title": "a", "text": "b"})[0], 403)  # without the token
        self.assertIn("Nothing has been written yet", self.client.get("/archive"))


class EntriesTest(BlogCase):
    def setUp(self):
        super().setUp()
        self.client.become_author()

    def test_an_entry_is_shown_everywhere(self):
        path = self.client.write("Crème brûlée, twice!", TEXT)
        self.assertEqual(path, "/entry/creme-brulee-twice")
        reader = Client(self.server)
        page = reader.get(path)
        self.assertIn(f'<div class="text">{RENDERED}</div>', page)
        self.assertIn("<h1>Crème brûlée, twice!</h1>", page)
        self.assertNotIn("Edit", page)
        self.assertIn("Some words, soft and loud, and code &lt;b&gt;. one two, see the site first", reader.get("/"))
        for other in ("/", "/archive"):
            self.assertIn(f'<a href="{path}">Crème brûlée, twice!</a>', reader.get(other))
            self.assertNotIn("Nothing has been written yet", reader.get(other))
        self.assertIn("Edit", self.client.get(path))

    def test_a_title_may_come_again(self):
        self.assertEqual([self.client.write(title) for title in ("Same", "Same", "same!", "日本")],
                         ["/entry/same", "/entry/same-2", "/entry/same-3", "/entry/entry"])

    def test_an_entry_keeps_its_address_and_date_when_it_changes(self):
        path = self.client.write("First")
        form = self.client.get("/compose?entry=first")
        self.assertIn('value="First"', form)
        self.assertIn("Some words.</textarea>", form)
        time.sleep(1.1)  # dates have seconds
        self.assertEqual(self.client.write("Second", "Other words.", entry="first"), path)
        page = self.client.get(path)
        self.assertIn("<h1>Second</h1>", page)
        self.assertIn("<p>Other words.</p>", page)
        self.assertIn("changed", page)
        self.assertNotIn("First", self.client.get("/archive"))

    def test_a_preview_keeps_nothing(self):
        status, _, page = self.client.post("/compose", {"title": "Draft", "text": "**very**", "preview": "1"})
        self.assertEqual(status, 200)
        self.assertIn("<p><strong>very</strong></p>", page)
        self.assertIn("**very**</textarea>", page)
        self.assertNotIn("Draft", self.client.get("/archive"))

    def test_an_entry_has_a_title_and_a_text(self):
        for fields in ({"title": "", "text": "x"}, {"title": "x", "text": " "}, {"title": "x" * 201, "text": "x"},
                       {"title": "x", "text": "x" * 200_001}):
            self.assertEqual(self.client.post("/compose", fields)[0], 400)

    def test_attacks_stay_text(self):
        for attack in ATTACKS:
            with self.subTest(attack):
                page = self.client.get(self.client.write(attack.replace("\n", " "), attack))
                self.assertIn(f"<h1>{html.escape(attack.replace(chr(10), ' '))}</h1>", page)
                text = re.search(r'<div class="text">(.*)</div>\s*</article>', page, re.DOTALL)[1]
                self.assertEqual(set(re.findall(r"<(\w+)", text)) - {"p", "a", "h2", "pre", "code", "strong", "em", "blockquote", "ul", "li"}, set())
                for tag in re.findall(r"<a[^>]*>", text):
                    self.assertRegex(tag, r'^<a href="https://[^"<>]*" rel="noopener">$')
        for path in ("/", "/archive", "/feed"):
            page = self.client.get(path)
            self.assertNotIn("<script>", page)
            self.assertNotIn("<img src=x", page)

    def seconds_for(self, text):
        """The least of three, for the one who waits for a preview."""
        took = []
        for _ in range(3):
            began = time.monotonic()
            self.assertEqual(self.client.post("/compose", {"title": "Much", "text": text, "preview": "1"}, form="/auth/login")[0], 200)
            took.append(time.monotonic() - began)
        return min(took)

    def test_markup_takes_time_in_proportion(self):
        for piece in ("*", "**", "`", "[", "[a](", "[a](https://", "https://", "> ", "*a *", "**a* ", "\\", "[*`"):
            few = self.seconds_for(piece * (25_000 // len(piece)))
            many = self.seconds_for(piece * (100_000 // len(piece)))
            self.assertLess(many, 8 * few + 0.2, piece)  # 16 times for what is quadratic

    def test_the_feed_is_atom(self):
        self.client.write("One & <two>", TEXT)
        self.client.write("Odd", "a\x0b\x0c\x1b\uFFFE\uFFFF]]>&lt; \U0001F600")
        status, response, content = Client(self.server).ask("GET", "/feed")
        self.assertEqual((status, response.getheader("Content-Type")), (200, "application/atom+xml; charset=UTF-8"))
        feed = xml.etree.ElementTree.fromstring(content.encode())
        self.assertRegex(feed.findtext(f"{ATOM}id"), r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual(feed.findtext(f"{ATOM}title"), "Notes from the quiet side")
        odd, one = feed.findall(f"{ATOM}entry")
        self.assertEqual((one.findtext(f"{ATOM}title"), one.findtext(f"{ATOM}content")), ("One & <two>", RENDERED))
        self.assertEqual(one.find(f"{ATOM}link").get("href"), f"{self.server.url}/entry/one-two")
        self.assertRegex(one.findtext(f"{ATOM}id"), r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        for name in ("published", "updated"):
            self.assertRegex(one.findtext(f"{ATOM}{name}"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertIn("\U0001F600", odd.findtext(f"{ATOM}content"))

    def test_the_feed_keeps_its_id_whoever_asks(self):
        def feed(server, host):
            content = Client(server).ask("GET", "/feed", headers={"Host": host})[2]
            return xml.etree.ElementTree.fromstring(content.encode())
        name = feed(self.server, "evil.example").findtext(f"{ATOM}id")
        self.assertEqual(feed(self.server, "good.example").findtext(f"{ATOM}id"), name)
        self.assertEqual(Client(self.server).ask("HEAD", "/feed")[0], 200)
        self.stop_server()
        with programs.serve(BLOG, self.place, "--url=https://good.example/") as second:
            answer = feed(second, "evil.example")
            self.assertEqual(answer.findtext(f"{ATOM}id"), name)
            self.assertEqual([link.get("href") for link in answer.findall(f"{ATOM}link")],
                             ["https://good.example/feed", "https://good.example/"])

    def test_home_has_the_latest_and_the_archive_all(self):
        for number in range(7):
            self.client.write(f"Number {number}")
        home, archive = self.client.get("/"), self.client.get("/archive")
        self.assertEqual(re.findall(r">(Number \d)<", home), [f"Number {number}" for number in range(6, 1, -1)])
        self.assertIn("All entries", home)
        self.assertEqual(len(re.findall(r">(Number \d)<", archive)), 7)
        self.assertEqual(len(re.findall(r">(Number \d)<", self.client.get("/entry/number-3").partition("More entries")[2])), 3)


class PagesTest(BlogCase):
    def test_what_is_not_there_is_a_page_too(self):
        for path in ("/nothing", "/entry/nothing", "/entry/", "/language/xx"):
            status, _, page = self.client.ask("GET", path)
            self.assertEqual(status, 404)
            self.assertIn("There is no such page", page)
        self.assertEqual(self.client.ask("POST", "/nothing", {})[0], 404)
        self.assertIn('<a href="/">', self.client.ask("GET", "/static/nothing")[2])
        self.assertEqual(self.client.ask("GET", "/static/../templates/home.html")[0], 403)

    def test_a_monitor_that_asks_by_head_gets_no_405(self):
        self.client.become_author()
        self.client.write("Number 1")
        for path in ("/", "/archive", "/entry/number-1"):
            self.assertEqual(self.client.ask("HEAD", path)[0:3:2], (200, ""))

    def test_pages_are_the_same_from_files(self):
        changing = (r'name="_xsrf" value="[^"]*"', r"<time.*?</time>", r"<(id|updated|published)>.*?</", r"http://127\.0\.0\.1:\d+")

        def pages(client):
            texts = [client.get("/"), client.get("/auth/create")]
            client.become_author()
            client.write("Written", TEXT)
            texts += [client.get(path) for path in (
                "/", "/entry/written", "/archive", "/feed", "/compose", "/compose?entry=written", "/nothing", "/auth/login")]
            texts.append(client.post("/compose", {"title": "New", "text": TEXT, "preview": "1"})[2])
            texts.append(client.post("/compose", {"title": "", "text": TEXT})[2])
            return [re.sub("|".join(changing), "", text, flags=re.DOTALL) for text in texts]
        site = programs.HERE.parent.parent / "apps/blog/site"
        with programs.serve(BLOG, f"--folder={self.folder}-2", f"--site={site}") as second:
            for compiled, read in zip(pages(self.client), pages(Client(second)), strict=True):
                self.assertEqual(compiled, read)

    def test_pages_speak_two_languages(self):
        german = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
        page = self.client.ask("GET", "/", headers=german)[2]
        self.assertIn('<html lang="de">', page)
        self.assertIn("Hier steht noch nichts", page)
        self.assertIn('<html lang="en-US">', self.client.get("/"))
        response = self.client.ask("GET", "/language/de?next=%2Farchive")[1]
        self.assertEqual((response.status, response.getheader("Location")), (302, "/archive"))
        self.assertIn("<h1>Archiv</h1>", self.client.get("/archive"))
        self.client.ask("GET", "/language/en_US")
        self.assertIn("<h1>Archive</h1>", self.client.ask("GET", "/archive", headers=german)[2])

    def test_every_message_is_translated(self):
        site = programs.HERE.parent.parent / "apps/blog/site"
        rows = re.findall(r'^"(.*?)"', (site / "locale/de.csv").read_text(), re.MULTILINE)
        used = {message for file in site.glob("templates/**/*") if file.is_file()
                for message in re.findall(r"""\b_\((?:"([^"]+)"|'([^']+)')\)""", file.read_text()) for message in message if message}
        self.assertGreater(len(used), 30)
        sources = "".join((site.parent / name).read_text() for name in ("handlers.cpp", "auth_handlers.cpp"))
        problems = set(re.findall(r'"((?:The|This|There|An) [^"]+)"', sources))
        self.assertEqual(len(problems), 6)
        used |= problems
        self.assertEqual(sorted(used - set(rows)), [])

    def test_pages_keep_to_their_policy(self):
        response = self.client.ask("GET", "/")[1]
        self.assertIn("default-src 'self'", response.getheader("Content-Security-Policy"))
        self.assertEqual(response.getheader("X-Content-Type-Options"), "nosniff")
        page = self.client.get("/auth/create")
        self.assertEqual(re.findall(r"<style|<script|style=|onclick", page), [])
        for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
            self.assertEqual(self.client.ask("GET", path)[1].getheader("Cache-Control"), "max-age=315360000")


class KeepingTest(BlogCase):
    def test_all_is_there_after_a_restart(self):
        self.client.become_author()
        path = self.client.write("Kept", TEXT)
        self.stop_server()
        with programs.serve(BLOG, self.place) as second:
            reader = Client(second)
            reader.cookies = self.client.cookies
            self.assertIn(RENDERED, reader.get(path))
            self.assertIn("Logged in as ada", reader.get("/"))

    @databases.of_files
    def test_an_open_folder_of_others_stays_open(self):
        self.folder.with_name("ours").mkdir(mode=0o755)
        with programs.serve(BLOG, f"--folder={self.folder.with_name('ours')}"):
            self.assertEqual(stat.S_IMODE(self.folder.with_name("ours").stat().st_mode), 0o755)

    def test_two_blogs_on_one_database_are_the_same_blog(self):
        self.client.become_author()
        with programs.serve(BLOG, f"--database={self.database.url}", "--logging=warning") as second:
            other = Client(second)
            other.cookies = self.client.cookies
            path = other.write("From the other")
            self.assertIn("From the other", self.client.get("/"))
            self.assertIn("Logged in as ada", other.get("/"))
            self.assertEqual(self.client.ask("GET", path)[0], 200)
            made = programs.run(BLOG, self.place, "--create-user=grace", f"--password={PASSWORD}")
            self.assertEqual(made.returncode, 0, made.stderr)
            late = Client(self.server)
            self.assertEqual(late.post("/auth/login", {"name": "grace", "password": PASSWORD})[0], 303)

    def test_blogs_that_start_at_once_on_a_new_database_all_start(self):
        def start(url):
            with programs.serve(BLOG, f"--database={url}", "--logging=warning") as server:
                return Client(server).ask("GET", "/")[0]
        for number in range(4):
            url = databases.make(self.folder / f"new{number}.db").url
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                self.assertEqual(list(pool.map(start, [url] * 4)), [200] * 4)

    def test_of_several_who_come_first_one_becomes_the_author(self):
        with programs.serve(BLOG, self.place, "--logging=warning") as second:
            people = [Client(self.server), Client(second), Client(self.server), Client(second)]
            tokens = [person.token("/auth/create") for person in people]
            fields = [{"name": f"person{number}", "password": PASSWORD, "_xsrf": token} for number, token in enumerate(tokens)]
            with concurrent.futures.ThreadPoolExecutor(len(people)) as pool:
                answers = list(pool.map(lambda person, form: person.ask("POST", "/auth/create", form)[0], people, fields))
            self.assertEqual(sorted(answers), [303, 403, 403, 403])

    def test_titles_that_are_the_same_get_addresses_of_their_own(self):
        self.client.become_author()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            paths = set(pool.map(lambda _: self.client.write("The same"), range(8)))
        self.assertEqual(paths, {"/entry/the-same"} | {f"/entry/the-same-{number}" for number in range(2, 9)})

    def test_lost_authors_make_no_stranger_the_author(self):
        self.client.become_author()
        self.client.write("Kept")
        self.stop_server()
        self.database.query("DELETE FROM author")
        with programs.serve(BLOG, self.place) as second:
            stranger = Client(second)
            self.assertEqual(stranger.ask("GET", "/auth/create")[1].getheader("Location"), "/auth/login")
            self.assertEqual(stranger.post("/auth/create", {"name": "eve", "password": PASSWORD}, form="/auth/login")[0], 403)
            self.assertIn("make one with --create-user", second.log())

    def test_an_empty_secret_is_refused(self):
        self.stop_server()
        self.database.query("UPDATE setting SET value = '' WHERE name = 'cookie_secret'")
        done = programs.run(BLOG, self.place, "--port=0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is too short for a secret", done.stderr)

    @databases.of_files
    def test_only_the_owner_may_read_the_files(self):
        self.client.become_author()
        for name in ("", "blog.db"):
            self.assertEqual(stat.S_IMODE((self.folder / name).stat().st_mode) & 0o077, 0)
        self.assertNotIn(PASSWORD.encode(), (self.folder / "blog.db").read_bytes())

    def test_of_a_password_only_its_hash_is_kept(self):
        self.client.become_author()
        self.assertTrue(self.database.query("SELECT password_hash FROM author")[0][0].startswith("$scrypt$"))

    def test_a_failure_to_write_is_told_and_changes_nothing(self):
        self.client.become_author()
        path = self.client.write("Kept", "before")
        self.database.refuse_updates("entry")
        status, _, page = self.client.post("/compose", {"title": "Kept", "text": "after", "entry": "kept"})
        self.assertEqual(status, 500)
        self.assertIn("Something went wrong", page)
        self.assertIn("before", self.client.get(path))

    def test_sigterm_ends_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = programs.Server([str(BLOG), "--port=0", f"--folder={self.folder}-{number}"])
            server.send_signal(number)
            self.assertEqual(server.wait(), 0)
            server.stop()


@databases.of_servers
class RestartTest(BlogCase):
    def status(self):
        return self.client.ask("GET", "/")[0]

    def test_the_site_is_back_soon_after_its_database(self):
        self.assertEqual(self.status(), 200)
        self.database.tell("stop")
        try:
            self.assertIn(self.status(), (500, 503))
        finally:
            self.database.tell("start")
        until = time.monotonic() + 10
        while self.status() != 200:
            self.assertLess(time.monotonic(), until)
        self.assertEqual(self.status(), 200)


@databases.of_files
class CommandLineTest(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory()) + "/data"

    def run_blog(self, *options, **settings):
        done = programs.run(BLOG, f"--folder={self.folder}", *options, **settings)
        return done.returncode, done.stdout, done.stderr

    def test_help_lists_the_options(self):
        _, _, text = self.run_blog("--help")
        for option in ("address", "create-user", "database", "debug", "drain-timeout", "folder", "password", "password-cost", "port", "site", "title", "url", "xheaders"):
            self.assertIn(f"--{option}", text)

    def test_authors_are_made_beforehand(self):
        self.assertEqual(self.run_blog("--create-user=grace", f"--password={PASSWORD}"), (0, "grace may write now\n", ""))
        self.assertEqual(self.run_blog("--create-user=ada", input="another horse\n"), (0, "ada may write now\n", ""))
        with programs.serve(BLOG, f"--folder={self.folder}", "--title=<Ours>") as server:
            for name, password in (("grace", PASSWORD), ("ada", "another horse")):
                client = Client(server)
                self.assertEqual(client.post("/auth/login", {"name": name, "password": password})[0], 303)
                self.assertIn("<span>&lt;Ours&gt;</span>", client.get("/"))

    def test_mistakes_have_a_sentence(self):
        for options, sentence in (
                (["8888"], 'what is "8888"? (--help lists all options)'), (["--site=/nowhere"], "there is no page in /nowhere; --site names its folder"),
                (["--create-user=ada", "--password=short"], "The password has 8 to 1000 characters"),
                (["--create-user=a\x0bb", f"--password={PASSWORD}"], "The name is one line of text, without spaces around it"),
                (["--create-user=\udcff", f"--password={PASSWORD}"], "The name is one line of text, without spaces around it"),
                (["--database=blog.db"], "--database: no database is named by blog.db: it begins with the kind of database and a colon, as sqlite:blog.db"),
                (["--database=sqlite:/nowhere/blog.db", "--logging=error"], "no connection to sqlite:/nowhere/blog.db: unable to open database file: /nowhere/blog.db"),
                (["--password-cost=30"], "--password-cost is a number from 10 to 18"),
                (["--title=a\x0bb"], "--title is one line of text"), (["--url=example.com"], "--url is an address like https://example.com"),
                (["--url=https://example.com/blog"], "--url is an address like https://example.com")):
            is_usage = sentence.startswith(("what is", "--"))
            self.assertEqual(self.run_blog(*options), (2 if is_usage else 1, "", f"blog: {sentence}\n"))


class BrowserTest(BlogCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Browser())

    def open(self, path="/", device="desktop", person=None, **settings):
        page = self.browser.open(self.server.url + path, device, context=person or self.browser.new_person(), **settings)
        self.addCleanup(page.close)
        return page

    def submit(self, page, selector, next_page):
        page.click(selector)
        page.wait_for(f"document.readyState === 'complete' && {next_page}")

    def fill(self, page, selector, text):
        page.click(selector)
        page.type(text)

    def test_an_author_writes_an_entry(self):
        person = self.browser.new_person()
        page = self.open(person=person)
        self.submit(page, ".empty .button", "location.pathname === '/auth/create'")
        self.fill(page, "#name", "ada")
        self.fill(page, "#password", PASSWORD)
        self.submit(page, ".card .button", "location.pathname === '/compose'")
        self.fill(page, "#title", "<b>Hello</b>")
        self.fill(page, "#text", "<img src=x onerror=\"document.title='owned'\"> & *more* [x](javascript:document.title='owned')")
        self.submit(page, "button[name=preview]", "document.querySelector('.preview') !== null")
        self.assertEqual(page.text(".preview h1"), "<b>Hello</b>")
        self.submit(page, ".compose .button", "location.pathname === '/entry/b-hello-b'")
        self.assertEqual(page.text(".entry h1"), "<b>Hello</b>")
        self.assertEqual(page.text(".entry .text"),
                         "<img src=x onerror=\"document.title='owned'\"> & more [x](javascript:document.title='owned')")
        self.assertEqual(page.evaluate("[document.querySelectorAll('.text img, .text a').length, document.title]"),
                         [0, "<b>Hello</b> · Notes from the quiet side"])
        self.submit(page, ".languages [hreflang=de]", "document.documentElement.lang === 'de'")
        self.assertEqual(page.texts("nav a"), ["Neues", "Archiv", "Neuer Eintrag"])
        self.submit(page, ".bottom .plain", "location.pathname === '/'")
        self.assertEqual(page.texts("nav a"), ["Neues", "Archiv"])
        self.assertEqual(page.complaints, [])

    def test_a_screen_reader_finds_a_name_for_everything(self):
        self.client.become_author()
        self.client.write("Readable", TEXT)
        for path in ("/", "/entry/readable", "/archive", "/auth/login"):
            self.assertEqual([name for _, name in self.open(path).controls() if not name], [])

    def test_look(self):
        self.client.become_author()
        self.client.write("A first long title that has to break somewhere, as titles of this kind always do", "Short.")
        self.client.write("Unbreakable" * 12, "Long words and links have to fit: https://example.com/" + "long" * 40)
        self.client.write("What a quiet evening is for", TEXT + "\n\n" + "Words upon words. " * 40)
        with tempfile.TemporaryDirectory() as folder:
            for device, dark in ((device, dark) for device in SIZES for dark in (False, True)):
                person = self.browser.new_person()
                for name, path in (("home", "/"), ("entry", "/entry/what-a-quiet-evening-is-for"), ("archive", "/archive"), ("login", "/auth/login"),
                                   ("missing", "/nothing"), ("compose", "/compose?entry=what-a-quiet-evening-is-for")):
                    with self.subTest(device=device, dark=dark, page=name):
                        page = self.open(path, device, person, dark=dark)
                        if name == "compose":
                            self.fill(page, "#name", "ada")
                            self.fill(page, "#password", PASSWORD)
                            self.submit(page, ".card .button", "location.pathname === '/compose'")
                        self.assertEqual(page.layout_faults(), [])
                        file = Path(os.environ.get("TORNADO_SCREENSHOTS", folder)) / f"blog-{name}-{device}{'-dark' * dark}.png"
                        page.screenshot(file)
                        self.assertEqual(read_png(file)[:2], SIZES[device])


if __name__ == "__main__":
    unittest.main()
