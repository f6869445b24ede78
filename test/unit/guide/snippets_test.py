"""Tests of how snippets are taken out of a document."""

import tempfile
import unittest
from pathlib import Path

import snippets


def extracted(text, name="README.md"):
    """What extract() writes for a document with this text, by file name."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder, name)
        document.write_text(text)
        snippets.extract(document, folder)
        return {file.name: file.read_text().replace(folder + "/", "") for file in Path(folder).iterdir() if file != document}


class Extract(unittest.TestCase):
    def test_makes_a_file_of_a_program_whose_lines_are_the_documents(self):
        files = extracted("# Title\n\n```cpp\nint main() {\n}\n```\n")
        self.assertIn('#line 4 "README.md"\nint main() {\n}\n', files["readme_1.cpp"])

    def test_makes_a_function_or_a_namespace_of_a_fragment(self):
        text = "<!-- snippet: int f(int x) -->\n```cpp\nreturn x;\n```\n\n<!-- snippet: kept -->\n```cpp\nint y;\n```\n"
        found = extracted(text, "async.md")["async.snippets.hpp"]
        self.assertIn('int f(int x) {\n#line 3 "async.md"\nreturn x;\n#line 1 "async.snippets.hpp"\n}\n', found)
        self.assertIn('namespace kept {\n#line 8 "async.md"\nint y;\n', found)

    def test_leaves_other_languages_alone(self):
        self.assertEqual(extracted("```sh\nls\n```\n"), {"readme.snippets.hpp": "// Made of README.md.\n"})

    def test_refuses_what_would_not_be_compiled(self):
        for text in ("```cpp\nint x;\n```\n", "1. first\n   ```cpp\n   int x;\n   ```\n", "```cpp\nint main() {}\n"):
            with self.assertRaises(SystemExit, msg=text):
                extracted(text, "async.md")
        with self.assertRaises(SystemExit):
            extracted("<!-- snippet: f -->\n```cpp\nint x;\n```\n", "without_a_test.md")


class Run(unittest.TestCase):
    def run_it(self, shown, status=0):
        with tempfile.TemporaryDirectory() as folder:
            document = Path(folder, "x.md")
            document.write_text(f"```cpp\nint main() {{}}\n```\n\nIt prints\n\n{shown}")
            snippets.run(document, 1, ["/bin/sh", "-c", f"echo one; echo two; exit {status}"])

    def test_is_content_with_a_program_that_prints_what_the_document_says(self):
        self.run_it("```text\none\ntwo\n```\n")

    def test_refuses_other_output_a_failure_and_silence_of_the_document(self):
        for shown, status in (("```text\none\n```\n", 0), ("```text\none\ntwo\n```\n", 1), ("", 0), ("```sh\none\n```\n", 0)):
            with self.assertRaises(SystemExit, msg=shown):
                self.run_it(shown, status)


if __name__ == "__main__":
    unittest.main()
