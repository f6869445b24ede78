"""What the checks know of this project: where its files are and what its libraries say of themselves."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Library:
    """One tornado_add_library() call."""

    name: str
    file: Path
    modules: list = field(default_factory=list)
    headers: list = field(default_factory=list)
    sources: list = field(default_factory=list)
    public: list = field(default_factory=list)
    private: list = field(default_factory=list)

    @property
    def include_dir(self):
        return self.file.parent / "include"

    @property
    def public_headers(self):
        """The installed headers, as paths below the include directory."""
        return [f"tornado/{m}.hpp" for m in self.modules] + [f"tornado/{self.name}/{h}" for h in self.headers]


KEYWORDS = {"MODULES", "HEADERS", "SOURCES", "PUBLIC", "PRIVATE"}


def parse_libraries(text, file):
    """The libraries declared by the text of one CMakeLists.txt, with what they link where it is installed."""
    text = re.sub(r"#.*", "", text)
    libraries = []
    for call in re.finditer(r"\btornado_add_library\s*\(([^)]*)\)", text):
        name, *words = call.group(1).split()
        library = Library(name, file)
        current = None
        for word in words:
            if word in KEYWORDS:
                current = getattr(library, word.lower())
            elif "$" in word or current is None:
                raise SystemExit(f"{file}: `{word}` in tornado_add_library({name}): write its parts out, for the checks")
            else:
                current.append(word)
        libraries.append(library)
    for call in re.finditer(r"\btornado_use_optional\s*\(([^)]*)\)", text):
        name, *optional = call.group(1).split()
        for library in libraries:
            if library.name == name:
                library.private += [f"PkgConfig::{target}" for target in optional]
    return libraries


def libraries():
    """All libraries of the project, by name."""
    found = {}
    for file in sorted((ROOT / "libs").glob("**/CMakeLists.txt")):
        for library in parse_libraries(file.read_text(), file):
            found[library.name] = library
    return found


def cpp_files(*folders):
    """The C++ files in these folders of the project, sorted."""
    return sorted(
        path
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".hpp", ".cpp"} and path.is_file()
    )


def relative(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
