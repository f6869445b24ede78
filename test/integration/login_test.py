"""The login page with a certified OpenID provider, `oidc-provider` of npm, in headless Chromium; and what strangers try."""

import http.client
import os
import re
import select
import shutil
import subprocess
import tempfile
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
        cls.users = users.read_text()
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
        self.assertEqual(status, 502)
        self.assertIn("the provider refuses", body)
        status, _, body = self.request(path, headers={"Cookie": cookie})
        self.assertEqual(status, 403)
        self.assertIn("was here before", body)

    def test_no_secret_is_logged(self):
        self.begin()
        log = self.server.log()
        self.assertNotIn("correct horse", log)
        self.assertNotRegex(log, "client_secret|code_verifier")

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
        log = self.server.log()
        callback = re.findall(r"GET (/callback/local\?\S+)", log)[-1]
        page.go(self.server.url + callback)
        self.assertEqual(page.text("h1"), "The login has failed")

    def test_a_password_logs_in_too(self):
        page = self.open()
        page.click("#name")
        page.type("eva")
        page.click("#password")
        page.type("correct horse")
        page.press("Enter")
        page.wait_for("!!document.querySelector('#subject')")
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
