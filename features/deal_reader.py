"""One deal as JSON says it, read into numbers on the way of every request, or refused field by field.

It is stricter than the reading of tables: a text is no number, a number is not yes or no, and only null means that
nobody answered. What it accepts, `features.answers` reads as the same answers.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isnan, nan

import numpy as np

from icp_fit.features.answer_rules import number_rule, requirement
from icp_fit.features.answers import MOST_SHOWN, Problem
from icp_fit.features.cell_parsing import choice_positions, fold
from icp_fit.features.errors import DealsError
from icp_fit.features.factors import Factor, Profile
from icp_fit.features.quoting import did_you_mean

MOST_LETTERS = 60  # of a text that an error shows

Read = Callable[[object], float | None]
# In JSON a text such as "1" is a number's, and words are those of the API's documents.
_WORDS = {"yes": 1.0, "y": 1.0, "true": 1.0, "no": 0.0, "n": 0.0, "false": 0.0}


class AnswerError(DealsError):
    """Answers to a deal's questions that cannot be used: one problem a field."""

    code = "invalid_answers"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = list(problems)

    def __str__(self) -> str:
        return "\n".join(problem.message for problem in self.problems)


class DealReader:
    """Reads answers by factor id as numbers (`features.encoder.answer_numbers`); may be shared by threads."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._fields = {factor.id: (j, build_read(factor)) for j, factor in enumerate(profile.factors)}

    def read(self, answers: Mapping[str, object], *, row: int = 1, deal_id: str | None = None) -> np.ndarray:
        """The numbers of one deal, shape (factors,), NaN where a question is missing or its answer is None.

        Raises AnswerError with a problem for each field that is no question or whose answer cannot be used; `row` and
        `deal_id` say there which deal of several it is.
        """
        numbers, fields, refused = [nan] * len(self._fields), self._fields, []
        for name, answer in answers.items():
            field = fields.get(name)
            if field is None:
                refused.append(name)
            elif answer is not None:
                number = field[1](answer)
                if number is None:
                    refused.append(name)
                else:
                    numbers[field[0]] = number
        if refused:
            messages = list(self._messages({name: answers[name] for name in refused}))
            raise AnswerError([Problem(row, deal_id, _short(name), text) for name, text in messages])
        return np.array(numbers)

    def change(self, numbers: np.ndarray, changes: Mapping[str, object]) -> np.ndarray:
        """The same deal with some answers changed, or taken away by None; raises AnswerError as `read` does."""
        read, changed = self.read(changes), numbers.copy()
        places = [self._fields[name][0] for name in changes]
        changed[places] = read[places]
        return changed

    def _messages(self, refused: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """Each refused field with what is wrong with it."""
        for count, (name, answer) in enumerate(refused.items()):
            if name in self._fields:
                factor = self.profile.factors[self._fields[name][0]]
                shown = f"the text {_shown(answer)}" if factor.is_number and isinstance(answer, str) else _shown(answer)
                yield name, f"`{name}` {requirement(factor)}, got {shown}. Leave it out, or null, if unknown."
            else:
                # Looking for a name like it takes long, and a request may hold any number of them.
                hint = did_you_mean(_short(name), self.profile.factor_ids) if count < MOST_SHOWN else ""
                yield (
                    name,
                    f"`{_short(name)}` is no question of profile `{self.profile.name}`.{hint} Correct or remove it.",
                )


def build_read(factor: Factor) -> Read:
    """How the factor's answers become numbers: a function that gives None for what is no answer."""
    if factor.is_number:
        return _number_read(factor)
    return _choice_read(factor.choices) if factor.choices else _yes_no


def answer_of(factor: Factor, number: float) -> bool | float | int | str | None:
    """The answer that `DealReader` reads as this number; None for NaN."""
    if isnan(number):
        return None
    if factor.choices:
        return factor.choices[int(number)]
    if factor.kind == "yes_no":
        return bool(number)
    return int(number) if factor.kind == "count" else float(number)


def answers_of(profile: Profile, numbers: np.ndarray) -> dict[str, object]:
    """The answers of a deal, given as numbers of shape (factors,), as JSON has them; open questions are not in it."""
    factors = zip(profile.factors, numbers.tolist(), strict=True)
    return {factor.id: answer_of(factor, number) for factor, number in factors if not isnan(number)}


def carry(numbers: np.ndarray, source: Profile, target: Profile) -> np.ndarray:
    """Deals that answer one profile as answers to another, shape (deals, factors of the target).

    An answer is carried by the factor's id and by what it says. It is unanswered where the target's factor does not
    have it, or where the source has no such factor.
    """
    if source.digest == target.digest:
        return numbers
    carried = np.full((len(numbers), len(target.factors)), nan)
    for j, place in enumerate(shared_factors(source, target)):
        if place >= 0:
            carried[:, j] = _carried(numbers[:, place], source.factors[place], target.factors[j])
    return carried


def shared_factors(source: Profile, target: Profile) -> np.ndarray:
    """Where the source has each factor of the target, -1 where it does not, shape (factors of the target,)."""
    place = {factor_id: j for j, factor_id in enumerate(source.factor_ids)}
    return np.array([place.get(factor_id, -1) for factor_id in target.factor_ids], dtype=np.intp)


def _carried(column: np.ndarray, source: Factor, target: Factor) -> np.ndarray:
    if source == target:
        return column
    distinct, at = np.unique(column, return_inverse=True)
    read = build_read(target)
    numbers = [read(answer_of(source, number)) for number in distinct.tolist()]
    return np.array([nan if number is None else number for number in numbers])[at]


def _yes_no(answer: object) -> float | None:
    if answer is True:
        return 1.0
    if answer is False:
        return 0.0
    return _WORDS.get(fold(answer)) if isinstance(answer, str) else None


def _choice_read(choices: tuple[str, ...]) -> Read:
    spelled = {choice: float(position) for position, choice in enumerate(choices)}
    folded = {choice: float(position) for choice, position in choice_positions(choices).items()}

    def read(answer: object) -> float | None:
        if not isinstance(answer, str):
            return None
        position = spelled.get(answer)
        return folded.get(fold(answer)) if position is None else position

    return read


def _number_read(factor: Factor) -> Read:
    allows = number_rule(factor).allows

    def read(answer: object) -> float | None:
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            return None
        try:
            number = float(answer)
        except OverflowError:
            return None
        return number if allows(number) else None

    return read


def _shown(answer: object) -> str:
    """An answer as an error shows it, in JSON, and short."""
    if isinstance(answer, str):
        return json.dumps(_short(answer), ensure_ascii=False)
    if isinstance(answer, int) and abs(answer) >= 10**MOST_LETTERS:
        return "a number that is too large"
    if isinstance(answer, int | float):
        return json.dumps(answer)
    if isinstance(answer, dict):
        return "an object"
    return "a list" if isinstance(answer, list | tuple) else f"a {type(answer).__name__}"


def _short(text: object) -> str:
    """The start of a text, without what cannot be sent back."""
    letters = str(text).encode("utf-8", "backslashreplace").decode()
    return letters if len(letters) <= MOST_LETTERS else f"{letters[:MOST_LETTERS]}..."
