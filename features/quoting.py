"""Names and words as errors show them."""

from collections.abc import Collection
from difflib import get_close_matches

from icp_fit.features.cell_parsing import fold


def quoted(words: Collection[str], most: int = 8) -> str:
    """Words in double quotes, with the count of those that are not shown."""
    shown = ", ".join(f'"{word}"' for word in list(words)[:most])
    return shown if len(words) <= most else f"{shown} and {len(words) - most:,} more"


def did_you_mean(name: str, known: Collection[str]) -> str:
    """The question whether a known name was meant, with a space in front; nothing where none is like it."""
    close = get_close_matches(fold(name), {fold(word): word for word in known}, n=1)
    return f" Did you mean `{next(word for word in known if fold(word) == close[0])}`?" if close else ""
