"""Headless Chromium under control: pages that are clicked on, typed into and looked at, over its DevTools protocol.

The commands go through a pipe (`--remote-debugging-pipe`), so that nothing but Chromium itself is needed.
"""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import programs
from chromium_test import OPTIONS

PATIENCE = 60  # seconds until a test is told that something does not come
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, "")}
SHIFT = 8


class Browser:
    """A Chromium with a new profile, ended with the `with` block."""

    def __init__(self):
        program = shutil.which("chromium")
        if program is None:
            raise AssertionError("chromium is missing: apt-get install chromium")
        self._cleanup = contextlib.ExitStack()
        profile = self._cleanup.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        self._log = self._cleanup.enter_context(tempfile.TemporaryFile("w+"))
        theirs_in, self._out = self._pipe()
        self._in, theirs_out = self._pipe()
        # Chromium reads commands from descriptor 3 and writes answers to descriptor 4.
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "chromium", program, *OPTIONS,
             "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True,
            pass_fds=(theirs_in, theirs_out), preexec_fn=programs.die_with_parent)
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._rest, self._answers, self.pages = 0, b"", {}, {}

    @staticmethod
    def _pipe():
        """A pipe whose ends are none of the low descriptors that the shell gives away."""
        high = []
        for end in os.pipe():
            high.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 20))
            os.close(end)
        return high

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._in)
        os.close(self._out)
        self._cleanup.close()

    def call(self, method, session=None, **parameters):
        """Gives a command, and its answer."""
        self._number += 1
        number = self._number
        command = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        os.write(self._out, json.dumps(command).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while number not in self._answers:
            self._read(end, method)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _read(self, end, method):
        if not select.select([self._in], [], [], max(0, end - time.monotonic()))[0]:
            raise AssertionError(f"{method}: Chromium does not answer")
        piece = os.read(self._in, 1 << 20)
        if not piece:
            self._log.seek(0)
            raise AssertionError(f"{method}: Chromium has ended; it said:\n{self._log.read()}")
        *messages, self._rest = (self._rest + piece).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") in self.pages:
                self.pages[message["sessionId"]].heard(message["method"], message["params"])

    def open(self, url, device="desktop", *, dark=False, context=None):
        """A new page, of the size of a phone or of a desk, once it is loaded."""
        return Page(self, url, device, dark, context)

    def new_person(self):
        """A context with cookies and stored things of its own, for open()."""
        return self.call("Target.createBrowserContext")["browserContextId"]


class Page:
    """One page. What it complains about on its console is in `complaints`, all that it has gone to in `addresses`."""

    def __init__(self, browser, url, device, dark, context):
        self._browser, self.complaints, self.addresses = browser, [], []
        where = {"browserContextId": context} if context else {}
        self._target = browser.call("Target.createTarget", url="about:blank", **where)["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        browser.pages[self._session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        width, height = SIZES[device]
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=device == "phone")
        self.call("Emulation.setTouchEmulationEnabled", enabled=device == "phone")
        if dark:
            self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        self.go(url)

    def call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def heard(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(str([argument.get("value") for argument in parameters["args"]]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent" and parameters.get("type") == "Document":
            self.addresses.append(parameters["request"]["url"])

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def evaluate(self, expression):
        """The value of a JavaScript expression, a promise's too."""
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise AssertionError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def wait_for(self, expression):
        """Waits until the expression is true, and gives its value."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                value = self.evaluate(expression)
            except AssertionError as error:
                value, reason = None, error  # a page that is being left has nothing to evaluate in
            else:
                reason = value
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"does not come true: {expression} ({reason}); the page complains: {self.complaints}")
            time.sleep(0.02)

    def text(self, selector):
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText")

    def texts(self, selector):
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText)")

    def click(self, selector):
        """A mouse's click in the middle of what must be there to be seen."""
        box = self.wait_for(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null;"
            " e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect();"
            " return r.width && !e.disabled ? [r.x + r.width / 2, r.y + r.height / 2] : null; })()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def press(self, key, *, shift=False):
        code, text = KEYS[key]
        settings = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": SHIFT * shift}
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **settings, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **settings)

    def focused(self):
        """The id of the element that has the keyboard."""
        return self.evaluate("document.activeElement?.id")

    def set_offline(self, offline):
        self.call("Network.emulateNetworkConditions", offline=offline, latency=0, downloadThroughput=-1, uploadThroughput=-1)

    def choose_files(self, selector, *files):
        node = self.call("DOM.querySelector", nodeId=self.call("DOM.getDocument")["root"]["nodeId"], selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    def screenshot(self, file):
        Path(file).write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def close(self):
        self._browser.call("Target.closeTarget", targetId=self._target)
        self._browser.pages.pop(self._session)

    def controls(self):
        """Role and name of all that a screen reader can act on, in the order of the page."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        roles = ("button", "textbox", "link", "progressbar", "radio", "checkbox")
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes
                if not node.get("ignored") and node.get("role", {}).get("value") in roles]

    def layout_faults(self):
        """What does not fit, and what is too small for a finger or too pale to be read."""
        return self.evaluate(LAYOUT_FAULTS)


# Contrast as WCAG 2.1 counts it, 4.5 being what it asks of text; targets of at least 24 pixels (2.5.8).
LAYOUT_FAULTS = """(() => {
  const faults = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) faults.push(`the page is ${root.scrollWidth} pixels wide`);
  const shown = (e) => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && e.getClientRects().length;
  for (const e of document.querySelectorAll("button, input, textarea, [role=button], select")) {
    const r = e.getBoundingClientRect();
    if (shown(e) && !e.closest(".hidden") && (r.width < 24 || r.height < 24)) faults.push(`${e.id || e.className}: ${r.width} by ${r.height}`);
  }
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
                            return [...canvas.getImageData(0, 0, 1, 1).data].map((c) => c / 255); };
  const luminance = (c) => { const [r, g, b] = c.map((x) => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
                             return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c; }
                          return [1, 1, 1, 1]; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !shown(e) || e.closest(".hidden, .skip, :disabled, noscript, script, style, template, .waiting")) continue;
    const [a, b] = [luminance(rgba(getComputedStyle(e).color)), luminance(behind(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faults.push(`"${walker.currentNode.textContent.trim().slice(0, 30)}" has a contrast of ${contrast.toFixed(2)}`);
  }
  return faults;
})()"""
