"""Examples in docstrings as blocks of code: Markdown would take their `>>>` for quotations."""

import re
from typing import Any

import griffe

# from a first prompt to the next empty line, with what is printed
EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)


class FenceExamples(griffe.Extension):
    """Put a fence around each example, before the docstring is read."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        docstring = obj.docstring
        if docstring is not None and ">>> " in docstring.value:
            docstring.value = EXAMPLE.sub(lambda found: f"```pycon\n{found[0]}\n```", docstring.value)
