"""Refuses what g++ 12 compiles into crashes: braces, `?:`, and lambdas that capture by value in a full expression with
co_await, all of which it destroys twice; and co_await in a condition, which breaks a coroutine that has no local variable.

The rule, for each full expression that contains `co_await` (a statement up to its `;`, or what stands in the parentheses
of if, while, for and switch):

  * no `{...}` in it: neither an aggregate nor a braced list. Whether `T{...}` is an aggregate cannot be told from its
    tokens, so none is allowed; write `T(...)`, or name the object in a statement of its own;
  * no `a ? b : c` in it: what the branches make is destroyed whichever was taken. Whether they make anything cannot be
    told either; name the choice in a statement of its own, or write `if`;
  * no lambda that captures by value. Captures by reference and `this` are fine, and so is the lambda's body, whose
    statements are full expressions of their own.
  * no `co_await` in a condition: give what it yields a name, `if (const bool found = co_await find(); found)`.

A test that pins one of these traps says so in a comment in or above the statement: `co_await-check: trap pinned here`.

doc/guide/async.md tells users why.
"""

import sys

import cpp_tokens
import project

PINNED = "co_await-check: trap pinned here"
CONTROL = {"if", "while", "for", "switch", "catch"}
BEFORE_BLOCK = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable", "volatile", "requires"}
BEFORE_EXPRESSION = {"return", "co_return", "co_await", "co_yield", "throw", "case", "and", "or", "not"}
OPENS_TYPE = {"class", "struct", "union", "enum", "namespace", "extern", "concept"}
CLOSING = {"(": ")", "[": "]", "{": "}"}


class Expression:
    """The tokens of one full expression, or of a declaration; what was found amiss in it."""

    def __init__(self):
        self.first_line = None
        self.last_line = None
        self.last_text = ""
        self.awaits = False
        self.tokens = []  # at the statement's own level, outside of all brackets
        self.faults = []  # (line, sentence)

    def add(self, token, level):
        self.first_line = self.first_line or token.line
        self.last_line = token.line
        self.awaits = self.awaits or token.text == "co_await" and self.last_text != "operator"
        self.last_text = token.text
        if level == 0:
            self.tokens.append(token.text)


class Bracket:
    """An open bracket; `expression` is the one that continues after it closes."""

    def __init__(self, kind, index, expression):
        self.kind = kind  # "(", "[", "{", "header" (of a control statement), "block" or "body" (of a lambda)
        self.index = index
        self.expression = expression


class Scanner:
    def __init__(self, text):
        everything = list(cpp_tokens.tokens(text))
        self.tokens = [token for token in everything if token.kind != "comment"]
        self.pins = {
            line
            for token in everything
            if token.kind == "comment" and PINNED in token.text
            for line in range(token.line, token.line + token.text.count("\n") + 1)
        }
        self.stack = []
        self.openings = {}  # index of a closing bracket -> index of its opening one
        self.lambdas = {}  # index of a lambda's `]` -> fault of its captures, or None
        self.expression = Expression()
        self.faults = []

    def scan(self):
        """All faults as (line, sentence)."""
        for index, token in enumerate(self.tokens):
            if token.text in CLOSING:
                self.open(index)
            elif token.text in CLOSING.values():
                self.close(index)
            elif token.text == ";" and self.innermost() in ("block", "body", "header"):
                self.refuse_condition()
                self.finish()
            else:
                if token.text == "?":
                    self.expression.faults.append((token.line, "a conditional (?:) in an expression with co_await"))
                self.expression.add(token, self.level())
        self.finish()
        return sorted(set(self.faults))

    def innermost(self):
        return self.stack[-1].kind if self.stack else "block"

    def level(self):
        depth = 0
        for bracket in reversed(self.stack):
            if bracket.kind in ("block", "body", "header"):
                break
            depth += 1
        return depth

    def text(self, index):
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""

    def finish(self):
        """Ends the full expression and judges it."""
        done, self.expression = self.expression, Expression()
        if done.awaits and done.faults:
            pinned = self.pins & set(range(done.first_line - 1, done.last_line + 1))
            if not pinned:
                self.faults += done.faults

    def refuse_condition(self):
        """Notes a co_await in a control statement's head, unless what it yields gets a name there."""
        named = "=" in self.expression.tokens or ":" in self.expression.tokens
        if self.innermost() == "header" and self.expression.awaits and not named:
            self.expression.faults.append((self.expression.first_line, "co_await in a condition"))

    def open(self, index):
        token = self.tokens[index]
        if token.text == "(" and self.is_control(index):
            self.stack.append(Bracket("header", index, None))
            self.finish()
        elif token.text == "[" and self.is_lambda(index):
            self.expression.add(token, self.level())
            self.stack.append(Bracket("captures", index, self.expression))
        elif token.text == "{" and self.lambda_captures_before(index) is not None:
            outer = self.expression
            outer.add(token, self.level())
            fault = self.lambdas[self.lambda_captures_before(index)]
            if fault:
                outer.faults.append(fault)
            self.stack.append(Bracket("body", index, outer))
            self.expression = Expression()
        elif token.text == "{" and self.is_block(index):
            self.finish()
            self.stack.append(Bracket("block", index, None))
        else:
            if token.text == "{":
                self.expression.faults.append((token.line, "braces in an expression with co_await"))
            self.expression.add(token, self.level())
            self.stack.append(Bracket(token.text, index, self.expression))

    def close(self, index):
        if not self.stack:
            return
        bracket = self.stack.pop()
        self.openings[index] = bracket.index
        if bracket.kind in ("block", "header"):
            self.stack.append(bracket)
            self.refuse_condition()
            self.stack.pop()
            self.finish()
        elif bracket.kind == "body":
            self.finish()
            self.expression = bracket.expression
            self.expression.add(self.tokens[index], self.level())
        else:
            if bracket.kind == "captures":
                self.lambdas[index] = self.capture_fault(bracket.index, index)
            self.expression.add(self.tokens[index], self.level())

    def is_control(self, index):
        before = self.text(index - 1)
        return before in CONTROL or (before == "constexpr" and self.text(index - 2) == "if")

    def is_lambda(self, index):
        """Whether the `[` at `index` begins a lambda, not a subscript, an attribute or a structured binding."""
        if "[" in (self.text(index + 1), self.text(index - 1)):
            return False
        if self.innermost() in ("block", "body") and not self.expression.tokens:
            return True  # a statement begins with it
        before = self.tokens[index - 1]
        if before.text in BEFORE_EXPRESSION:
            return True
        if before.text == "auto" or (before.text in ("&", "&&") and self.text(index - 2) == "auto"):
            return False
        return before.kind not in ("word", "string", "number") and before.text not in (")", "]", ">", "}")

    def lambda_captures_before(self, index):
        """The `]` of the lambda whose body begins with the `{` at `index`, or None."""
        at = index - 1
        while at >= 0:
            text = self.text(at)
            if at in self.lambdas:
                return at
            if text in (")", "]") and at in self.openings:  # parameters, noexcept(...), decltype(...), attributes
                at = self.openings[at] - 1
            elif self.tokens[at].kind in ("word", "number") or text in ("->", "::", "<", ">", "*", "&", "&&", ",", "..."):
                if text in BEFORE_EXPRESSION or text == "," and not self.in_angles(at):
                    return None
                at -= 1
            else:
                return None
        return None

    def in_angles(self, index):
        """Whether the comma at `index` stands between the angle brackets of template arguments."""
        depth = 0
        while index >= 0 and self.text(index) not in (";", "{", "}", "(", ")"):
            depth += {">": -1, "<": 1}.get(self.text(index), 0)
            if depth > 0:
                return True
            index -= 1
        return False

    def capture_fault(self, first, last):
        """What is wrong with the captures between the brackets, as (line, sentence), or None."""
        items, depth = [[]], 0
        for token in self.tokens[first + 1 : last]:
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.text, 0)
            if token.text == "," and depth == 0:
                items.append([])
            else:
                items[-1].append(token)
        for item in filter(None, items):
            if item[0].text not in ("&", "this"):
                return item[0].line, "a lambda that captures by value in an expression with co_await"
        return None

    def is_block(self, index):
        """Whether the `{` at `index` begins statements or members, not a braced list of an expression."""
        if self.innermost() not in ("block", "body"):
            return self.text(index - 1) == "requires" or (self.text(index - 1) == ")" and self.before_group(index) == "requires")
        before = self.text(index - 1)
        if before in ("", ";", "{", "}", ":") or before in BEFORE_BLOCK:
            return True
        head = self.expression.tokens
        if not head:  # after the parentheses of a control statement
            return True
        if before in ("&", "&&") and ")" in head:  # a member function's qualifier
            return "=" not in head
        if before == ")":
            return self.before_group(index) != "decltype" or "->" in head
        is_word = self.tokens[index - 1].kind in ("word", "string") or before in (">", "]")
        if is_word and before not in BEFORE_EXPRESSION and "=" not in head:
            opens_type = OPENS_TYPE & set(self.without_template_heads(head))
            return bool(opens_type) or "->" in head and ")" in head[: head.index("->")]
        return False

    def before_group(self, index):
        """The text before the parentheses that close right before `index`."""
        return self.text(self.openings.get(index - 1, 0) - 1)

    @staticmethod
    def without_template_heads(head):
        """`head` without what stands in the angle brackets of `template <...>`."""
        kept, depth, template = [], 0, False
        for text in head:
            if text == "template":
                template = True
            elif template and text == "<":
                depth += 1
            elif template and text == ">":
                depth -= 1
                template = depth > 0
            elif depth == 0:
                kept.append(text)
        return kept


def faults(text):
    """The faults in a C++ text, as (line, sentence)."""
    return Scanner(text).scan() if "co_await" in text else []


def main():
    files = project.cpp_files("libs", "apps", "test")
    count = 0
    for file in files:
        for line, sentence in faults(file.read_text()):
            print(f"{project.relative(file)}:{line}: {sentence}")
            count += 1
    print(f"{len(files)} files, {count} faults")
    if count:
        print("g++ 12 destroys such temporaries twice: see doc/guide/async.md.")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
