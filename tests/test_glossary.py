"""The words of the glossary: phrases that it decided against appear nowhere that people read.

Only phrases are looked for that can mean nothing else: `kept` is a good word for most of what is kept.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.checkout import CHECKOUT

ROOMS = ("features", "models", "training", "serving", "icp_fit/cli")
# what not to write, and what instead
AVOIDED = {
    r"learn(s|ed|ing|t)? from": "trained on",
    r"see it otherwise": "Disagree with this score?",
    r"\breign(s|ed|ing)?\b": "was champion",
    r"\bcrown(s|ed|ing)?\b": "promoted",
    r"model hears": "the model takes",
    r"out-of-fold opinions?": "out-of-fold log-odds",
    r"\bthe home\b": "the model store",
    r"base learners?": "member",
    r"track record": "evidence",
}
# glossaries name what they avoid, and changelogs what was
PAGES = [
    page
    for page in (*sorted(CHECKOUT.glob("*.md")), *sorted((CHECKOUT / "docs").glob("*.md")))
    if page.name not in ("glossary.md", "CHANGELOG.md")
]
TEMPLATES = sorted((CHECKOUT / "serving" / "pages" / "templates").rglob("*.html"))
MODULES = [path for room in ROOMS for path in sorted((CHECKOUT / room).rglob("*.py"))]
PROFILES = sorted((CHECKOUT / "features" / "profiles").glob("*.toml"))


def find_avoided(text: str) -> list[str]:
    """Each avoided phrase in a text, with what to write instead."""
    line = " ".join(text.split())
    return [
        f"`{found[0]}`: write {instead}"
        for phrase, instead in AVOIDED.items()
        for found in re.finditer(phrase, line, flags=re.IGNORECASE)
    ]


def read_strings(module: Path) -> Iterator[str]:
    """What a module may print: its texts, and the docstrings of commands, which are their help."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    is_command = "cli" in module.parts
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and (is_command or id(node) not in docstrings)
        ):
            yield node.value


@pytest.mark.parametrize("page", [*PAGES, *TEMPLATES, *PROFILES], ids=lambda page: page.name)
def test_document_has_the_words_of_the_glossary(page: Path) -> None:
    assert find_avoided(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("room", ROOMS)
def test_printed_sentences_have_the_words_of_the_glossary(room: str) -> None:
    modules = [module for module in MODULES if module.is_relative_to(CHECKOUT / room)]
    assert modules
    found = [f"{module.relative_to(CHECKOUT)}: {avoided}" for module in modules for text in read_strings(module)
             for avoided in find_avoided(text)]  # fmt: skip
    assert found == []


def test_glossary_defines_each_word_once() -> None:
    glossary = (CHECKOUT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = [
        word
        for row in re.findall(r"^\| (\*\*.*?) \|", glossary, re.MULTILINE)
        for word in re.findall(r"\*\*(.+?)\*\*", row)
    ]
    assert len(words) > 50
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize(
    ("text", "count"),
    [("It learned\nfrom 12 deals.", 1), ("trained on 12 deals", 0), ("the home of it", 1), ("homes", 0)],
)
def test_avoided_phrases_are_found_across_lines(text: str, count: int) -> None:
    assert len(find_avoided(text)) == count
