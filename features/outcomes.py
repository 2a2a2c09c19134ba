"""Outcomes: which words of a source say that a deal was won, was lost or is open, and what each was read as.

A word that says how a deal ended is never taken for an open deal because nobody listed it.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as Named
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import ConfigDict

from icp_fit.features.cell_parsing import distinct_texts, fold
from icp_fit.features.errors import DealsError, MappingError
from icp_fit.features.outcome_endings import Ending, find_ending
from icp_fit.features.quoting import quoted

ANY_OTHER = "*"
MOST_SHOWN = 8  # words of an error
MOST_LISTED = 20  # words of an outcome

Outcome = Literal["won", "lost", "open"]
OUTCOMES: tuple[Outcome, ...] = ("won", "lost", "open")
# Why a word was read as it was: it is listed; `"*"` took it; its deals are not closed; or, in scoring, it says so.
WordReason = Literal["listed", "any other", "not closed", "says so"]


@dataclass(frozen=True)
class OutcomeWord:
    """A word of the outcome's column, in its commonest spelling, what it was read as and in how many rows, and why."""

    word: str
    outcome: Outcome
    reason: WordReason
    count: int


@dataclass(frozen=True)
class Outcomes:
    """The words for a deal that was won, was lost or is still open; `"*"` stands for any word that says no ending."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    won: tuple[str, ...] = ("won", "closed won", "win", "1", "true", "yes")
    lost: tuple[str, ...] = ("lost", "closed lost", "loss", "0", "false", "no")
    open: tuple[str, ...] = ("", "open")

    def adding(
        self, won: Collection[str] = (), lost: Collection[str] = (), still_open: Collection[str] = ()
    ) -> "Outcomes":
        """The same with more words; a word that meant another outcome moves to the one it is given for.

        Raises MappingError where a word is given for two outcomes, or `"*"` for another than open.
        """
        given = {"won": won, "lost": lost, "open": still_open}
        if ANY_OTHER in (*won, *lost):
            raise MappingError('`"*"` stands for open deals alone. Name the words that mean won or lost.')
        counted = Counter(word for words in given.values() for word in {fold(word) for word in words})
        if twice := [word for words in given.values() for word in words if counted[fold(word)] > 1]:
            raise MappingError(f"{quoted(list(dict.fromkeys(twice)))} is given for two outcomes. Give each word once.")
        words = {}
        for outcome, added in given.items():
            others = {fold(word) for other, words_ in given.items() if other != outcome for word in words_}
            kept = [word for word in getattr(self, outcome) if fold(word) not in others]
            known = {fold(word) for word in kept}
            words[outcome] = (*kept, *(word for word in dict.fromkeys(added) if fold(word) not in known))
        return Outcomes(**words)

    def read(
        self, column: pd.Series, is_closed: pd.Series | None = None, *, required: bool = True, as_options: bool = False
    ) -> tuple[pd.Series, tuple[OutcomeWord, ...]]:
        """`won`, `lost` or missing (open), one a row, and the words that say so with their counts.

        A deal that `is_closed` (yes or no, one a row) calls open is open whatever its word says. Unless `required`, as
        in scoring, a word that is not listed is read as it says itself, or as open. Raises DealsError with the words
        that nobody listed, their counts, and what to add: options of `profile init` where `as_options`, else lines of a
        mapping.
        """
        codes, texts = distinct_texts(column)
        codes, texts = np.where(codes < 0, len(texts), codes), pd.Series([*texts, ""], dtype="str")
        closed = np.ones(len(column), bool) if is_closed is None else is_closed.to_numpy(bool)
        meaning = self._meaning
        readings = [_read_word(text, meaning) for text in texts]
        if required:
            unlisted = self._unlisted(codes, texts, closed, known_closed=is_closed is not None)
            if unlisted:
                raise DealsError(self._refusal(str(column.name), unlisted, len(column), as_options))
        counted = np.bincount(codes * 2 + closed, minlength=2 * len(texts)).reshape(-1, 2)
        words = [
            OutcomeWord(text, *(reading if is_ended else ("open", "not closed")), int(counts[is_ended]))
            for text, reading, counts in zip(texts, readings, counted, strict=True)
            for is_ended in (0, 1)
            if counts[is_ended]
        ]
        of_text = np.array([reading[0] for reading in readings], dtype=object)
        outcomes = pd.Series(np.where(closed, of_text[codes], "open"), dtype="str")
        return outcomes.mask(outcomes == "open"), _merged(words)

    def _unlisted(
        self, codes: np.ndarray, texts: pd.Series, closed: np.ndarray, known_closed: bool
    ) -> list[tuple[str, int, Ending | None]]:
        """The words that must be listed, with their rows and how they say that a deal ended, the commonest first."""
        counts = np.bincount(codes[closed], minlength=len(texts))
        found, meaning = [], self._meaning
        for text, count in zip(texts, counts.tolist(), strict=True):
            if count and fold(text) not in meaning:
                ending = find_ending(text) or ("closed" if known_closed else None)
                if ending or ANY_OTHER not in self.open:
                    found.append((text, count, ending))
        return sorted(found, key=lambda word: -word[1])

    def _refusal(
        self, column: str, unlisted: Sequence[tuple[str, int, Ending | None]], n_rows: int, as_options: bool
    ) -> str:
        n_unlisted = sum(count for _, count, _ in unlisted)
        shown = ", ".join(f'"{text}" ({count:,})' for text, count, _ in unlisted[:MOST_SHOWN])
        more = f" and {len(unlisted) - MOST_SHOWN:,} more" if len(unlisted) > MOST_SHOWN else ""
        lines = [
            f"`{column}` must say won or lost (or be empty while open), got {shown}{more} in {n_unlisted:,} of "
            f"{n_rows:,} rows."
        ]
        if ANY_OTHER in self.open:
            lines.append('`"*"` takes no word that says how a deal ended.')
        return "\n".join([" ".join(lines), *self._remedy(unlisted, as_options)])

    def _remedy(self, unlisted: Sequence[tuple[str, int, Ending | None]], as_options: bool) -> Iterator[str]:
        guessed: dict[str, list[str]] = {"won": [], "lost": [], "closed": [], "": []}
        for text, _, ending in unlisted:
            guessed[ending or ""].append(text)
        sure = {outcome: words for outcome, words in guessed.items() if outcome in ("won", "lost") and words}
        if sure and as_options:
            yield "Add, if that is what they mean: " + " ".join(
                f'--{outcome} "{word}"' for outcome, words in sure.items() for word in words
            )
        elif sure:
            yield (
                "Add in a mapping, under [outcome], if that is what they mean (a mapping of your own may begin with a "
                'shipped one: extends = "salesforce"):'
            )
            for outcome, words in sure.items():
                yield f"  {outcome} = {json.dumps([*getattr(self, outcome), *words], ensure_ascii=False)}"
        options = "--won, --lost or --open" if as_options else "`won`, `lost` or `open` under [outcome] in a mapping"
        alone = sum(map(bool, guessed.values())) == 1
        if guessed["closed"]:
            these = "they" if alone else quoted(guessed["closed"], MOST_SHOWN)
            yield f"Say with {options} how {these} ended."
        if guessed[""]:
            every = '--open "*"' if as_options else 'open = ["*"]'
            these = "they" if alone else quoted(guessed[""], MOST_SHOWN)
            yield f"Say with {options} what {these} mean; `{every}` takes all that say no ending for open deals."

    @property
    def _meaning(self) -> dict[str, Outcome]:
        named: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
            ("won", self.won), ("lost", self.lost), ("open", ("", *self.open)),
        )  # fmt: skip
        return {fold(word): outcome for outcome, words in named for word in words if word != ANY_OTHER}


def list_outcomes(words: Sequence[OutcomeWord], most: int = MOST_LISTED) -> Iterator[str]:
    """A line for won, one for lost and one for open: how many rows, and which words made them, with their counts."""
    because = {"any other": ' by "*"', "not closed": " not closed", "says so": " as it says"}
    for outcome in OUTCOMES:
        found = sorted((word for word in words if word.outcome == outcome), key=lambda word: -word.count)
        shown = [f"{_shown(word.word)} {word.count:,}{because.get(word.reason, '')}" for word in found[:most]]
        more = [f"{len(found) - most:,} more words"] if len(found) > most else []
        total = sum(word.count for word in found)
        yield f"{outcome:<4} {total:>9,}  {', '.join([*shown, *more])}".rstrip()


def describe_outcomes(words: Sequence[OutcomeWord]) -> list[dict[str, Any]]:
    """The same as plain data."""
    return [vars(word) for word in words]


def _read_word(text: str, meaning: Named[str, Outcome]) -> tuple[Outcome, WordReason]:
    if listed := meaning.get(fold(text)):
        return listed, "listed"
    ending = find_ending(text)
    return (ending, "says so") if ending in ("won", "lost") else ("open", "any other")


def _shown(word: str) -> str:
    return f'"{word}"' if word else "empty"


def _merged(words: Sequence[OutcomeWord]) -> tuple[OutcomeWord, ...]:
    """The words by outcome, the commonest first, each once and in its commonest spelling."""
    merged: dict[tuple[str, Outcome, WordReason], OutcomeWord] = {}
    for word in sorted(words, key=lambda word: -word.count):
        key = (fold(word.word), word.outcome, word.reason)
        known = merged.get(key)
        merged[key] = replace(known, count=known.count + word.count) if known else word
    return tuple(sorted(merged.values(), key=lambda word: (OUTCOMES.index(word.outcome), -word.count)))
