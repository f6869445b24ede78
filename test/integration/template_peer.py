"""Renders templates with Tornado: reads a JSON list of cases from standard input, writes the list of what they came to.

A case has "files", a dict of texts; "name", the one to render; "names", what it is given. It comes to {"output": text}, or to
{"error": name of the exception}; what the parser refuses is a "ParseError".
"""

import json
import sys

import tornado.escape
import tornado.template

# Debian's Tornado 6.2 writes &#39; where 6.5 writes &#x27;.
tornado.escape._XHTML_ESCAPE_DICT["'"] = "&#x27;"

# Tornado logs the code that it cannot compile.
tornado.template.app_log.disabled = True


def come_to(case):
    try:
        template = tornado.template.DictLoader(case["files"]).load(case["name"])
    except Exception:  # a SyntaxError of the code that it makes, for one
        return {"error": "ParseError"}
    try:
        return {"output": template.generate(**case["names"]).decode()}
    except Exception as error:
        return {"error": type(error).__name__}


json.dump([come_to(case) for case in json.load(sys.stdin)], sys.stdout)
