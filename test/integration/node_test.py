"""helloworld as Node.js sees it, where that is installed: its http module, and its fetch()."""

import json
import shutil
import unittest

import programs
from cases import HelloworldCase


@unittest.skipUnless(shutil.which("node"), "node is not installed")
class NodeTest(HelloworldCase):
    def node(self, function):
        done = programs.run("node", programs.HERE / "node_client.mjs", function, self.server.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_agent_keeps_its_connection(self):
        found = self.node("agent")
        self.assertEqual([answer["status"] for answer in found["answers"]], [200, 404, 405, 405, 200])
        self.assertEqual(found["answers"][0]["body"], self.BODY)
        self.assertEqual(found["answers"][0]["headers"]["etag"], self.ETAG)
        self.assertEqual(found["connections"], 1)

    def test_fetch(self):
        found = self.node("fetch")
        self.assertEqual(found, {"bodies": [self.BODY] * 100, "posted": 405, "again": 304})


if __name__ == "__main__":
    unittest.main()
