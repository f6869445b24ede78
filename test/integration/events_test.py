"""What browsers do by themselves, in headless Chromium: EventSource that loses its stream, and pages of other origins."""

import unittest

import programs
from browser import Browser

EVENTS_APP = programs.BUILD / "test/integration/events_app"


class BrowserCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Browser())

    def serve(self, *options):
        return self.enterContext(programs.serve(EVENTS_APP, *options))


class EventSourceTest(BrowserCase):
    def test_a_browser_gets_each_event_once_however_often_its_stream_ends(self):
        page = self.browser.open(self.serve().url + "/")
        page.wait_for("opened > 0")
        self.assertEqual(page.evaluate("fetch('/count').then(answer => answer.text())"), "counted")
        page.wait_for("got.includes(200)")
        self.assertEqual(page.evaluate("got"), list(range(1, 201)))
        self.assertEqual(page.evaluate("places.size"), 200)
        self.assertGreater(page.evaluate("opened"), 2)


class OriginsTest(BrowserCase):
    """A page of one server, and what it may do with another."""

    def setUp(self):
        self.page = self.browser.open(self.serve().url + "/data")
        self.origin = self.page.evaluate("location.origin")

    def fetch(self, server, options):
        """What the page gets, or what its browser says."""
        return self.page.evaluate(
            f"fetch('{server.url}/data', {options}).then(async a => [await a.text(), a.headers.get('X-Count')], e => e.name)")

    def test_a_page_that_is_let_in_reads_and_changes(self):
        server = self.serve(f"--allow={self.origin}")
        self.assertEqual(self.fetch(server, "{}"), ["nobody", "7"])
        self.page.evaluate("document.cookie = 'who=Ada'")  # which is of the host, whatever the port
        self.assertEqual(self.fetch(server, "{credentials: 'include'}"), ["Ada", "7"])
        self.assertEqual(self.fetch(server, "{method: 'PUT', headers: {'X-Token': 't'}}"), ["t", None])

    def test_what_it_is_not_let_to_do_its_browser_refuses(self):
        server = self.serve(f"--allow={self.origin}")
        self.assertEqual(self.fetch(server, "{method: 'DELETE'}"), "TypeError")
        self.assertEqual(self.fetch(server, "{method: 'PUT', headers: {'X-Other': 't'}}"), "TypeError")

    def test_a_page_of_another_origin_reads_nothing(self):
        for options in ([], ["--allow=https://example.com"]):
            with self.subTest(options):
                server = self.serve(*options)
                self.assertEqual(self.fetch(server, "{}"), "TypeError")
                self.assertEqual(self.fetch(server, "{method: 'PUT'}"), "TypeError")


if __name__ == "__main__":
    unittest.main()
