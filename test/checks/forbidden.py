"""Refuses words that our C++ files may not use: std::regex everywhere; ways to end the process, in the libraries."""

import sys

import cpp_tokens
import project

ENDINGS = {"exit", "_exit", "_Exit", "quick_exit", "abort", "terminate"}

# Which library may end a process, and by which call: the form of parse_command_line that is made for main(), and what a WSGI
# application has forked, which is no process of the program's.
MAY_END = {("libs/options", "exit"), ("libs/wsgi", "_exit")}

# A word before a name that makes it a call; after any other word (a type), the name is being declared.
BEFORE_CALL = {"return", "co_return", "co_await", "else", "do"}


def regex_faults(tokens):
    for index, token in enumerate(tokens[:-2]):
        if token.text == "std" and tokens[index + 1].text == "::" and "regex" in tokens[index + 2].text:
            yield token.line, "std::regex is too slow and overflows its stack: use Boost.Regex in a source file"


def ending_faults(tokens, allowed=()):
    for index, token in enumerate(tokens[:-1]):
        if token.text not in ENDINGS or token.text in allowed or tokens[index + 1].text != "(":
            continue
        before = tokens[index - 1] if index else None
        if before and before.text == "::":
            owner = tokens[index - 2] if index > 1 else None
            if owner and owner.kind == "word" and owner.text != "std" and owner.text not in BEFORE_CALL:
                continue  # a function of ours that bears such a name
        elif before and (before.text in (".", "->", "*", "&", ">") or before.kind == "word" and before.text not in BEFORE_CALL):
            continue  # a member's call, or a declaration
        yield token.line, f"{token.text}() ends the user's process: throw, or report an error"


def file_faults(file):
    name = str(project.relative(file))
    tokens = cpp_tokens.code(file.read_text())
    yield from regex_faults(tokens)
    if name.startswith("libs/"):
        yield from ending_faults(tokens, {call for folder, call in MAY_END if name.startswith(folder + "/src/")})


def main():
    files = project.cpp_files("libs", "apps", "test")
    found = [f"{project.relative(file)}:{line}: {sentence}" for file in files for line, sentence in file_faults(file)]
    print(*found, f"{len(files)} files, {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
