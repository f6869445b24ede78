"""helloworld in a browser: headless Chromium shows the page, at the size of a phone and of a desk."""

import contextlib
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

import programs
from cases import HelloworldCase

# Without a sandbox, which root may not have, and without a word to anyone but our server.
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"]


def chromium(*options):
    """Runs Chromium to its end, with a new profile, and gives what it prints. None of its processes stays."""
    program = shutil.which("chromium")
    if program is None:
        raise AssertionError("chromium is missing: apt-get install chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, *OPTIONS, f"--user-data-dir={profile}", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True, preexec_fn=programs.die_with_parent)
        try:
            output, errors = process.communicate()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        raise AssertionError(f"chromium ended with status {process.returncode}:\n{errors}")
    return output


def read_png(path):
    """Width, height, and the unpacked (still filtered) rows of a PNG file."""
    data = path.read_bytes()
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise AssertionError(f"{path} is no PNG file: {data[:20]!r}")
    at, packed, width, height = 8, b"", 0, 0
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", data, at + 8)
        elif kind == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += length + 12
    return width, height, zlib.decompress(packed)


class ChromiumTest(HelloworldCase):
    def test_page_says_hello(self):
        page = chromium("--dump-dom", self.server.url + "/")
        self.assertEqual(page.strip(), f"<html><head></head><body>{self.BODY}</body></html>")
        self.assertIn("200 GET / ", self.server.log())

    def test_page_of_an_error(self):
        page = chromium("--dump-dom", self.server.url + "/nowhere")
        self.assertIn("<title>404: Not Found</title>", page)
        self.assertIn("<body>404: Not Found</body>", page)

    def test_screenshots(self):
        for device, width, height in (("phone", 390, 844), ("desktop", 1440, 900)):
            with self.subTest(device), tempfile.TemporaryDirectory() as folder:
                file = Path(os.environ.get("TORNADO_SCREENSHOTS", folder)) / f"helloworld-{device}.png"
                chromium(f"--window-size={width},{height}", f"--screenshot={file}", self.server.url + "/")
                self.assert_picture_with_text(file, width, height)

    def assert_picture_with_text(self, file, width, height):
        found_width, found_height, rows = read_png(file)
        self.assertEqual((found_width, found_height), (width, height))
        self.assertGreater(len(set(rows)), 16, "an empty page has but a few values of bytes; the edges of letters have many")


if __name__ == "__main__":
    unittest.main()
