"""What template_bench.cpp does, by Python's engines: /usr/bin/python3 template_peers.py tornado|jinja2 PAGE [MILLISECONDS], where
PAGE is table, lookups or blog.

Prints the CPU time of one rendering in nanoseconds; without MILLISECONDS, the page.
"""

import sys
import time
from pathlib import Path
from types import SimpleNamespace

FOLDER = Path(__file__).resolve().parent / "templates"
TITLES = ["First steps", "On <escaping> & trust", "Loops", "What is new", "Farewell"]

NAMES = {
    "table": {
        "page_title": "A table of numbers",
        "table": [{letter: number for number, letter in enumerate("abcdefghij", 1)} for _ in range(100)],
    },
    "blog": {
        "blog_title": "Notes & queries",
        "user": "Ann <ann@example.com>",
        "path": "/archive?page=2",
        "entries": [
            SimpleNamespace(slug=f"entry-{number}", title=TITLES[number % 5], published="2026-11-25",
                            html="<p>" + "All work and no play makes a dull blog. " * 20 + "</p>", tags=["c++", "web & more"])
            for number in range(10)
        ],
    },
}


NAMES["lookups"] = NAMES["table"]


def renderer(engine, page):
    if engine == "tornado":
        import tornado.template
        template = tornado.template.Loader(str(FOLDER)).load(f"{page}.html")
        return lambda: template.generate(**NAMES[page])
    import jinja2
    import tornado.escape
    loader = jinja2.FileSystemLoader(str(FOLDER / "jinja2"))
    environment = jinja2.Environment(loader=loader, autoescape=True)
    environment.globals["url_escape"] = tornado.escape.url_escape
    template = environment.get_template(f"{page}.html")
    return lambda: template.render(**NAMES[page]).encode()


def main(engine, page, milliseconds=None):
    render = renderer(engine, page)
    if milliseconds is None:
        sys.stdout.buffer.write(render())
        return
    end = time.process_time_ns() + int(milliseconds) * 1_000_000
    count, start = 0, time.process_time_ns()
    while time.process_time_ns() < end:
        render()
        count += 1
    print((time.process_time_ns() - start) / count)


main(*sys.argv[1:])
