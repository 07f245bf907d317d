"""No text for the page's users stands outside of the catalogues, in whatever branch of the code."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.jslexer import Token, tokenize
from jinja2 import nodes

from prosopon.report.page import environment

SOURCE = Path(__file__).parents[1] / "src/prosopon"
SHOWN = ("aria-label", "title", "placeholder", "alt", "summary", "content", "value")
NAMES = ("Prosopon", "/home/you/Photos", "url=/", "Anna Tamm", "Karl Blom")
"""The same in all languages."""
WORDED = ("_", "ngettext", "marked")
KEYS = re.compile(r"^(Alt|Ctrl|Enter|Shift|Space|[A-Z])$")


class Own(HTMLParser):
    """What a template says in its own words."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag)
        meta = dict(attrs).get("name")
        given = dict(attrs) if meta not in ("viewport", "faces") else {}
        typed = tag in ("button", "meta") or given.get("type") in ("submit", "button")
        for name in SHOWN:
            if name != "value" or typed:
                self.said.append(given.get(name) or "")

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"kbd", "script", "style", "code"} & set(self.inside):
            self.said.append(data)


def own_words(template: str) -> list[str]:
    """The words of a template that are in no `_()` and no `{% trans %}`."""
    tree = environment("prosopon.web").parse(template)
    parts = []
    for node in tree.find_all(nodes.Output):
        for part in node.nodes:
            parts.append(part.data if isinstance(part, nodes.TemplateData) else "0")
            if not isinstance(part, nodes.TemplateData):
                parts += [f"<p>{one}</p>" for one in literals(part)]
    parser = Own()
    parser.feed("".join(parts))
    words = (re.sub("|".join(NAMES), "", text) for text in parser.said)
    return [text.strip() for text in words if re.search(r"[^\W\d_]{2}", text)]


def literals(shown: nodes.Node) -> Iterator[str]:
    """Texts that an expression shows as they are: {{ "Yes" if sure else "No" }}."""
    if isinstance(shown, nodes.Const) and isinstance(shown.value, str):
        if re.match(r"[A-Z]\w+", shown.value.strip()):  # others are classes and attributes
            yield shown.value
    elif isinstance(shown, nodes.CondExpr):
        yield from literals(shown.expr1)
        yield from literals(shown.expr2) if shown.expr2 else ()
    elif isinstance(shown, nodes.Filter) and shown.node is not None:
        yield from literals(shown.node)
    elif isinstance(shown, nodes.Or | nodes.And):
        yield from literals(shown.left)
        yield from literals(shown.right)


@pytest.mark.parametrize("file", sorted((SOURCE / "web/templates").iterdir()), ids=lambda f: f.name)
def test_templates(file: Path) -> None:
    assert own_words(file.read_text(encoding="utf-8")) == []


def sentences(script: str) -> list[str]:
    """Texts of a script that read like words for somebody and are in no `_()`."""
    found: list[str] = []
    calls: list[bool] = []
    before = Token("", "", 0)
    for token in tokenize(script, jsx=False):
        if token.value == "(":
            calls.append(before.value in WORDED or bool(calls and calls[-1]))
        elif token.value == ")" and calls:
            calls.pop()
        elif token.type in ("string", "template_string") and not (calls and calls[-1]):
            text = token.value[1:-1]
            if re.search(r"^[A-Z][a-z]+( |$|\.)|[a-z]+ [a-z]+ [a-z]+ ", text):
                found.append(text)
        before = token
    return found


CODES = {
    *("Enter", "Escape", "Backspace", "Tab", "Key", "Content-Type", "POST", "Home", "End"),
    *("Space", "Delete", "Dead", "Process"),
}
"""Names of keys and headers."""


@pytest.mark.parametrize("file", sorted((SOURCE / "web/static").glob("*.js")), ids=lambda f: f.name)
def test_scripts(file: Path) -> None:
    assert set(sentences(file.read_text(encoding="utf-8"))) - CODES == set()


TOLD = ("ActionResult", "NotAllowed", "NotHere", "UsageError", "JSONResponse")


def _words(given: ast.expr) -> bool:
    """Whether a text with values has words of its own, and not only what stands between them."""
    parts = given.values if isinstance(given, ast.JoinedStr) else []
    said = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
    return bool(re.search(r"[^\W\d_]{2}", said))


def untold(source: str) -> list[str]:
    """What a module tells without the catalogues."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOLD:
            for given in node.args[:1]:
                literal = isinstance(given, ast.Constant) and isinstance(given.value, str)
                if (literal and given.value) or _words(given):
                    found.append(ast.unparse(given))
    return found


OF_FLAGS = ("access.py", "face_service.py")
"""What the command line, or other programs, alone can be told."""
PAGES = [*(SOURCE / "collection/review").glob("*.py"), *(SOURCE / "web").glob("*.py")]
PAGES += [SOURCE / f"collection/{name}.py" for name in ("people", "selection", "contributions")]
PAGES = [file for file in PAGES if file.name not in OF_FLAGS]


@pytest.mark.parametrize("file", sorted(PAGES), ids=lambda f: f"{f.parent.name}/{f.name}")
def test_answers(file: Path) -> None:
    assert untold(file.read_text(encoding="utf-8")) == []


def test_a_text_outside_is_found() -> None:
    """The tests above can fail: in a branch, an attribute, a conditional, a script, an answer."""
    for template in (
        "{% if never %}<small>Hello there</small>{% endif %}",
        '<h2 title="Hello">{{ _("Known") }}</h2>',
        '<button value="Go on">0</button>',
        '{{ "Yes" if sure else _("No") }}',
        "<option>Any</option>",
        "<dd>{{ name }} was here</dd>",
    ):
        assert own_words(template), template
    assert not own_words('<p class="a b">{% trans %}Hello there{% endtrans %} {{ _("You") }}</p>')
    assert sentences('say("Hello there");') and sentences("say(`Hello ${you}`);")
    assert not sentences('say(_("Hello there"), { error: f(_("It is gone.")) });')
    assert untold('raise UsageError(f"{x}: no")') and untold('ActionResult("Done")')
    assert not untold('raise UsageError(_("No."))')
