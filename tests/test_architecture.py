"""Rules of the house that import-linter can't say: by reading the sources."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import prosopon

ROOT = Path(prosopon.__file__).parent
SOURCES = {
    file.relative_to(ROOT).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
    for file in sorted(ROOT.rglob("*.py"))
}
CLIENTS = ("urllib.request", "http.client", "requests", "httpx", "ftplib", "smtplib", "urllib3")
POSIX_ONLY = ("fcntl", "grp", "pwd", "resource", "termios", "posix")


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, with dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call, by its last word or `module.word`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(ast.Name(module), word):
                    yield f"{module}.{word}", node
                case ast.Attribute(_, word) | ast.Name(word):
                    yield word, node


@pytest.mark.parametrize(
    ("modules", "allowed"),
    [
        (CLIENTS, {"zoo/fetch.py"}),
        (("socket",), {"web/access.py", "web/server.py"}),
        (("ray",), set[str]()),  # engines loads it by its name, where it is asked for
        (POSIX_ONLY, {"photos/helper_main.py"}),  # does without where there is none
    ],
)
def test_modules_stay_where_they_belong(modules: tuple[str, ...], allowed: set[str]) -> None:
    found = {
        file
        for file, tree in SOURCES.items()
        if any(name == m or name.startswith(f"{m}.") for name in imported(tree) for m in modules)
    }
    assert found <= allowed


def test_only_photos_reads_image_files() -> None:
    readers = {"Image.open", "cv2.imread", "cv2.imdecode", "cv2.VideoCapture"}
    found = {file for file, tree in SOURCES.items() if readers & {name for name, _ in calls(tree)}}
    assert {file.partition("/")[0] for file in found} <= {"photos"}


def test_only_engines_names_ray() -> None:
    found = [
        file
        for file, tree in SOURCES.items()
        for name, call in calls(tree)
        if name in ("require", "import_module")
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value == "ray"
    ]
    assert found == ["engines.py"]


def test_no_encoding_is_left_to_the_system() -> None:
    for file, tree in SOURCES.items():
        for name, call in calls(tree):
            word = name.rpartition(".")[2]
            given = {keyword.arg for keyword in call.keywords}
            texts = [a.value for a in call.args if isinstance(a, ast.Constant)]
            binary = any(isinstance(text, str) and "b" in text for text in texts)
            opens = (isinstance(call.func, ast.Name) and name == "open") or (
                word == "open" and texts and not binary
            )
            if name in ("os.open", "Image.open", "webbrowser.open", "wave.open"):
                continue
            needs = (
                (word == "read_text" and not call.args)
                or (word == "write_text" and not isinstance(call.func, ast.Name))
                or (opens and not binary)
                or ("text" in given and name.startswith("subprocess."))
            )
            if needs:
                assert "encoding" in given, f"{file}:{call.lineno}: {ast.unparse(call)[:80]}"
