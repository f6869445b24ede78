"""The login page with a certified OpenID provider, `oidc-provider` of npm, in headless Chromium; and what strangers try."""

import http.client
import http.server
import json
import os
import re
import select
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse
from pathlib import Path

import programs
from browser import SIZES, Browser

LOGIN = programs.BUILD / "apps/login/login"
OIDC = Path(os.environ.get("TORNADO_OIDC", programs.HERE.parent.parent / "build/oidc"))


class LoginCase(unittest.TestCase):
    """Its tests talk to `cls.server`, the login page with the local provider and one user with a password."""

    @classmethod
    def setUpClass(cls):
        if shutil.which("node") is None or not (OIDC / "node_modules").is_dir():
            raise unittest.SkipTest("oidc-provider is not installed")
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        users = folder / "users"
        subprocess.run([LOGIN, f"--users={users}", "--add_user=eva"], input="correct horse\n", text=True, check=True)
        cls.users, cls.users_mode = users.read_text(), users.stat().st_mode & 0o777
        cls.server = cls.enterClassContext(programs.serve(LOGIN, f"--users={users}", f"--local_provider={OIDC}"))

    def request(self, path, *, method="GET", headers=None, body=None):
        """Status, headers (`Set-Cookie` as a list) and body, without following anything."""
        connection = http.client.HTTPConnection(self.server.host, self.server.port)
        self.addCleanup(connection.close)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()

    @staticmethod
    def cookie_of(headers):
        return "; ".join(field.partition(";")[0] for field in headers.get_all("Set-Cookie", []))


class SiteTest(LoginCase):
    """What needs no provider."""

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(programs.serve(LOGIN))

    def test_an_address_that_leads_nowhere_has_a_page_that_leads_back(self):
        for path in ("/nothing", "/static/nothing"):
            status, headers, body = self.request(path)
            self.assertEqual((status, headers["Content-Type"]), (404, "text/html; charset=UTF-8"))
            self.assertIn("There is nothing here", body)
            self.assertIn('href="/"', body)
        self.assertEqual(self.request("/nothing", method="POST")[0], 404)

    def test_a_monitor_that_asks_by_head_gets_no_405(self):
        self.assertEqual(self.request("/", method="HEAD")[0:3:2], (200, ""))


class ConfiguredProvidersTest(LoginCase):
    """GitHub, Google, and another that speaks OpenID Connect, all by a file of options."""

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Discovery)
        cls.addClassCleanup(provider.server_close)
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        cls.addClassCleanup(provider.shutdown)
        cls.issuer = f"http://127.0.0.1:{provider.server_port}"
        config = folder / "login.conf"
        config.write_text(
            'github_client_id = "at github"\ngithub_client_secret = "secret"\n'
            'google_client_id = "at google"\ngoogle_client_secret = "secret"\n'
            f'issuer = "{cls.issuer}"\nissuer_name = "Example"\nclient_id = "at example"\nclient_secret = "secret"\n')
        cls.server = cls.enterClassContext(programs.serve(LOGIN, f"--config={config}"))

    def go(self, provider):
        """The address that its button leads to, and the arguments there."""
        status, headers, _ = self.request(f"/login/{provider}?next=/")
        self.assertEqual(status, 302)
        url, _, query = headers["Location"].partition("?")
        return url, dict(urllib.parse.parse_qsl(query))

    def test_each_has_its_button(self):
        _, _, page = self.request("/")
        buttons = re.findall(r'href="/login/([a-z]+)\?[^"]*">(.*?)</a>', page)
        self.assertEqual(buttons, [("openid", "Log in with Example"), ("google", "Log in with Google"), ("github", "Log in with GitHub")])

    def test_each_is_asked_in_the_name_of_this_site(self):
        for provider, address, client in (
                ("github", "https://github.com/login/oauth/authorize", "at github"),
                ("openid", f"{self.issuer}/authorize", "at example")):
            with self.subTest(provider):
                url, arguments = self.go(provider)
                self.assertEqual(url, address)
                self.assertEqual(arguments["client_id"], client)
                self.assertEqual(arguments["redirect_uri"], f"{self.server.url}/callback/{provider}")
                self.assertEqual(arguments["code_challenge_method"], "S256")


class Discovery(http.server.BaseHTTPRequestHandler):
    """What a provider says about itself."""

    def do_GET(self):
        issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({
            "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"]}).encode())

    def log_message(self, *_):
        pass


class ProtocolTest(LoginCase):
    def begin(self):
        """Where one is sent to, as arguments, and the cookie that one is sent with."""
        status, headers, _ = self.request("/login/local?next=/")
        self.assertEqual(status, 302)
        url = urllib.parse.urlsplit(headers["Location"])
        return url, dict(urllib.parse.parse_qsl(url.query)), self.cookie_of(headers)

    def test_a_login_begins_with_all_that_protects_it(self):
        url, arguments, _ = self.begin()
        self.assertEqual(url.hostname, "localhost")
        self.assertEqual(arguments["redirect_uri"], f"{self.server.url}/callback/local")
        self.assertEqual(arguments["code_challenge_method"], "S256")
        for name in ("state", "nonce", "code_challenge"):
            self.assertRegex(arguments[name], "^[A-Za-z0-9_-]{43}$")

    def test_a_tampered_state_is_refused(self):
        _, arguments, cookie = self.begin()
        state = arguments["state"]
        for wrong in ("", state[:-1] + ("A" if state[-1] != "A" else "B"), "x"):
            status, _, body = self.request(f"/callback/local?code=x&state={wrong}", headers={"Cookie": cookie})
            self.assertEqual(status, 403)
            self.assertIn("The login has failed", body)
        status, _, _ = self.request(f"/callback/local?code=x&state={state}")
        self.assertEqual(status, 403)

    def test_a_code_that_is_made_up_is_refused_by_the_provider(self):
        url, arguments, cookie = self.begin()
        path = f"/callback/local?code=made-up&state={arguments['state']}&iss={url.scheme}://{url.netloc}"
        status, _, body = self.request(path, headers={"Cookie": cookie})
        self.assertEqual(status, 403)
        self.assertIn("the provider refuses", body)
        status, _, body = self.request(path, headers={"Cookie": cookie})
        self.assertEqual(status, 403)
        self.assertIn("was here before", body)

    def test_only_their_owner_reads_the_hashes_of_passwords(self):
        self.assertEqual(self.users_mode, 0o600)

    def test_the_file_of_passwords_may_be_edited_by_hand(self):
        with tempfile.TemporaryDirectory() as folder:
            users = Path(folder) / "users"
            users.write_bytes(self.users.replace("\n", "\r\n\r\n\n").encode())
            with programs.serve(LOGIN, f"--users={users}", f"--local_provider={OIDC}"):
                pass
            for line in ("bob", "bob x", "bob  $scrypt$ln=15,r=8,p=3$c2FsdA$" + "A" * 43, " bob"):
                users.write_text(self.users + line + "\n")
                ended = programs.run(LOGIN, "--port=0", f"--users={users}")
                self.assertEqual(ended.returncode, 1)
                self.assertIn(f"{users}:2: a line is a name, a space and a hash", ended.stderr)

    def test_mistakes_of_the_command_line_get_a_sentence(self):
        for options, sentence in [
            (["--url=example.com"], "--url is the site's address alone"),
            (["--url=ftp://example.com"], "--url is the site's address alone"),
            (["--url=https://example.com/login"], "--url is the site's address alone"),
            (["--add_user=anna"], "--add_user wants --users"),
            (["--drain_timeout=-1"], "--drain-timeout is not less than 0"),
        ]:
            ended = programs.run(LOGIN, "--port=0", *options)
            self.assertEqual(ended.returncode, 2)
            self.assertIn(sentence, ended.stderr)

    def test_behind_a_proxy_that_does_the_tls_all_cookies_are_secure(self):
        with tempfile.TemporaryDirectory() as folder:
            users = Path(folder) / "users"
            subprocess.run([LOGIN, f"--users={users}", "--add_user=eva"], input="x\n", text=True, check=True)
            with programs.serve(LOGIN, f"--users={users}", "--url=https://example.com", "--xheaders",
                                f"--local_provider={OIDC}") as server:
                headers = {"X-Forwarded-Proto": "https"}
                connection = http.client.HTTPConnection(server.host, server.port)
                self.addCleanup(connection.close)
                connection.request("GET", "/login/local", headers=headers)
                response = connection.getresponse()
                response.read()
                self.assertRegex(response.headers["Set-Cookie"], "^__Host-_login_.*; Secure")
                connection.request("GET", "/", headers=headers)
                response = connection.getresponse()
                token = re.search('name="_xsrf" value="([^"]*)"', response.read().decode()).group(1)
                form = urllib.parse.urlencode({"_xsrf": token, "name": "eva", "password": "x"})
                connection.request("POST", "/password", form, headers | {
                    "Cookie": self.cookie_of(response.headers), "Content-Type": "application/x-www-form-urlencoded"})
                response = connection.getresponse()
                response.read()
                self.assertRegex(response.headers["Set-Cookie"], "^person=.*; Secure")

    def test_passwords_are_kept_as_hashes_and_checked(self):
        self.assertRegex(self.users, r"^eva \$scrypt\$ln=15,r=8,p=3\$[\w+/]+\$[\w+/]+\n$")
        _, headers, page = self.request("/")
        token = re.search('name="_xsrf" value="([^"]*)"', page).group(1)
        cookie = self.cookie_of(headers)

        def log_in(name, password, next_page="/"):
            form = urllib.parse.urlencode({"_xsrf": token, "name": name, "password": password, "next": next_page})
            return self.request("/password", method="POST", body=form, headers={
                "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"})

        for name, password in (("eva", "wrong"), ("nobody", "correct horse"), ("", "")):
            status, _, body = log_in(name, password)
            self.assertEqual(status, 403)
            self.assertIn("Name or password is wrong.", body)
        status, headers, _ = log_in("eva", "correct horse", "//evil.example/")
        self.assertEqual((status, headers["Location"]), (303, "/"))
        _, _, page = self.request("/", headers={"Cookie": self.cookie_of(headers)})
        self.assertIn("Hello, eva", page)

    def test_the_provider_ends_with_the_program(self):
        with programs.serve(LOGIN, f"--local_provider={OIDC}") as server:
            children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
            self.assertEqual(len(children), 1)
            arguments = Path(f"/proc/{children[0]}/cmdline").read_text().split("\0")
            self.assertEqual(arguments, ["node", "provider.mjs", server.url, "login", ""])  # and not its secret
            descriptor = os.pidfd_open(int(children[0]))
            self.addCleanup(os.close, descriptor)
        self.assertTrue(select.select([descriptor], [], [], 60)[0], "node goes on")


class BrowserTest(LoginCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = cls.enterClassContext(Browser())

    def open(self, device="desktop"):
        page = self.browser.open(self.server.url + "/", device, context=self.browser.new_person())
        self.addCleanup(page.close)
        return page

    def log_in_at_provider(self, page, name):
        page.click("#local")
        page.wait_for("!!document.querySelector('input[name=login]')")
        page.click("input[name=login]")
        page.type(name)
        page.click("input[name=password]")
        page.type("anything")
        page.press("Enter")
        # The provider asks whether we may know what we ask for.
        page.wait_for("!!document.querySelector('form button') && !document.querySelector('input[name=password]')")
        page.click("form button")
        page.wait_for("!!document.querySelector('#subject')")

    @staticmethod
    def callback(page):
        """Where the provider has sent the page back to."""
        return next(url for url in reversed(page.addresses) if "/callback/local?" in url)

    def log_in_by_password(self, page):
        page.click("#name")
        page.type("eva")
        page.click("#password")
        page.type("correct horse")
        page.press("Enter")
        page.wait_for("!!document.querySelector('#subject')")

    def test_no_secret_is_logged(self):
        self.log_in_by_password(self.open())
        page = self.open()
        self.log_in_at_provider(page, "cleo")
        callback = self.callback(page)
        page.go(callback)  # which fails, and is logged once more
        log = self.server.log()
        self.assertRegex(log, r"302 GET /callback/local\?code=[^&\w]+&state=")
        self.assertRegex(log, r"403 GET /callback/local\?code=[^&\w]+&state=.* was here before")
        arguments = urllib.parse.parse_qs(urllib.parse.urlsplit(callback).query)
        for secret in (*arguments["code"], *arguments["state"], "eyJ", "correct horse"):
            self.assertNotIn(secret, log)

    def test_a_code_that_comes_to_the_wrong_address_is_not_logged(self):
        page = self.open()
        for path in ("/callback/nobody", "/callbacks/local"):
            page.go(f"{self.server.url}{path}?code=SECRET")
        log = self.server.log()
        self.assertRegex(log, r"404 GET /callback/nobody\?code=[^&\w ]+ ")
        self.assertRegex(log, r"404 GET /callbacks/local\?code=[^&\w ]+ ")
        self.assertNotIn("SECRET", log)

    def test_a_whole_login_and_logout(self):
        page = self.open()
        self.log_in_at_provider(page, "anna")
        self.assertEqual(page.evaluate("location.href"), self.server.url + "/")
        self.assertEqual(page.text("h1"), "Hello, anna")
        self.assertEqual(page.text("#email"), "anna@example.com")
        self.assertEqual(page.text("#subject"), "anna")
        page.click("#log-out")
        page.wait_for("location.hostname === 'localhost' && !!document.querySelector('button[name=logout]')")
        page.click("button[name=logout]")
        page.wait_for("!!document.querySelector('#local')")
        self.assertEqual(page.text("h1"), "Log in")
        # The session at the provider has ended too: it asks again.
        page.click("#local")
        page.wait_for("!!document.querySelector('input[name=login]')")

    def test_the_back_button_does_not_log_in_twice(self):
        page = self.open()
        self.log_in_at_provider(page, "bea")
        page.go(self.callback(page))
        self.assertEqual(page.text("h1"), "The login has failed")

    def test_a_password_logs_in_too(self):
        page = self.open()
        self.log_in_by_password(page)
        self.assertEqual(page.text("h1"), "Hello, eva")
        page.click("#log-out")
        page.wait_for("!!document.querySelector('#local')")

    def test_the_pages_fit(self):
        for device in SIZES:
            for dark in (False, True):
                with self.subTest(device, dark=dark):
                    page = self.browser.open(self.server.url + "/", device, dark=dark, context=self.browser.new_person())
                    self.addCleanup(page.close)
                    self.assertEqual(page.layout_faults(), [])
                    self.assertEqual(page.complaints, [])
                    if folder := os.environ.get("TORNADO_SCREENSHOTS"):
                        page.screenshot(Path(folder) / f"login-{device}{'-dark' if dark else ''}.png")

    def test_the_page_is_for_screen_readers_too(self):
        self.assertCountEqual(self.open().controls(), [
            ("link", "Log in with the local provider"), ("textbox", "Name"), ("textbox", "Password"), ("button", "Log in")])


if __name__ == "__main__":
    unittest.main()
