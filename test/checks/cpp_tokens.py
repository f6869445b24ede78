"""Splits C++ into tokens: enough of the language's lexical rules for checks that must not trip over its text."""

import re
from typing import NamedTuple


class Token(NamedTuple):
    kind: str  # "word", "number", "string", "mark" or "comment"
    text: str
    line: int


PATTERN = re.compile(
    r"""
      (?P<splice> \\\r?\n )
    | (?P<space> \s+ )
    | (?P<comment> //(?:\\\r?\n|[^\n])* | /\*.*?\*/ )
    | (?P<raw> (?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)" \w* )
    | (?P<string> (?:u8|[uUL])?(?:"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*') \w* )
    | (?P<number> \.?\d(?:'?[\w.]|(?<=[eEpP])[+-])* )
    | (?P<word> [^\W\d]\w* )
    | (?P<mark> ::|->|&&|\|\||<=>|[<>=!+\-*/%&|^]=|<<|\+\+|--|\.\.\.|. )
    """,
    re.VERBOSE | re.DOTALL,
)

# The `#` first on its line, then all to the line's end, with the lines that a backslash adds.
DIRECTIVE = re.compile(r"[ \t]*\#(?:\\\r?\n|/\*.*?\*/|[^\n])*", re.DOTALL)


def tokens(text):
    """Yields the tokens of `text`, comments among them; preprocessor directives are left out."""
    at, line = 0, 1
    at_line_start = True
    while at < len(text):
        match = DIRECTIVE.match(text, at) if at_line_start else None
        if not match:
            match = PATTERN.match(text, at)
            kind = "string" if match.lastgroup == "raw" else match.lastgroup
            if kind not in ("space", "splice"):
                yield Token(kind, match.group(), line)
            at_line_start = kind == "space" and "\n" in match.group() or (at_line_start and kind in ("space", "comment"))
        line += match.group().count("\n")
        at = match.end()


def code(text):
    """The tokens of `text` without its comments."""
    return [token for token in tokens(text) if token.kind != "comment"]
