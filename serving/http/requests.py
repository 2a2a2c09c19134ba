"""Requests: deals and what to do with them, read from JSON and refused field by field.

Answers are read by the model that answers (`features.deal_reader.DealReader`), everything else here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from icp_fit.features.factors import Profile
from icp_fit.features.quoting import did_you_mean
from icp_fit.serving.http.problems import MOST_LISTED, FieldProblem, refuse_fields

MOST_LETTERS = 200
NOTE_LETTERS = 2_000
MOST_HINTS = 20
MOST_HISTORY = 1_000  # predictions of a deal in one response
MOST_UNKNOWN = 100  # fields of a request that are named
OUTCOMES = ("won", "lost")


@dataclass(frozen=True)
class Field:
    """A text that says something about a deal or an outcome; `most` is its longest length in letters."""

    name: str
    meaning: str
    example: str
    most: int = MOST_LETTERS
    required: bool = False
    choices: tuple[str, ...] = ()


DEAL_ID = Field("deal_id", "The deal's id in your own system; a deal without one has no history.", "D-0042")
ABOUT_DEAL = (
    DEAL_ID,
    Field("name", "What people call the deal.", "Partner portal"),
    Field("owner", "Whose deal it is.", "Ana"),
    Field("region", "Where it is.", "EMEA"),
)
OUTCOME = (
    Field("deal_id", "The deal's id in your own system.", "D-0042", required=True),
    Field("outcome", "What became of the deal.", "won", required=True, choices=OUTCOMES),
    Field("note", "Why, in a sentence or two.", "Signed after the security review.", most=NOTE_LETTERS),
)


@dataclass(frozen=True)
class DealRequest:
    """A deal to score; `answers` are as JSON gave them."""

    answers: Mapping[str, Any]
    deal_id: str | None = None
    name: str | None = None
    owner: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class OutcomeRequest:
    """What became of a deal."""

    deal_id: str
    outcome: str
    note: str | None = None


def read_deal(document: Any, profile: Profile) -> DealRequest:
    """A request for one deal; raises Refusal naming each field that is wrong."""
    return DealRequest(**_check(document, _deal_fields(document, ABOUT_DEAL, ("answers",), profile)))


def read_what_if(document: Any, profile: Profile) -> tuple[DealRequest, Mapping[str, Any]]:
    """A deal and the answers to change in it."""
    fields = _check(document, _deal_fields(document, ABOUT_DEAL, ("answers", "changes"), profile))
    changes = fields.pop("changes")
    return DealRequest(**fields), changes


def read_batch(document: Any, profile: Profile, most: int) -> list[DealRequest]:
    """The deals of a batch, at most so many; raises Refusal naming each that is wrong by its place."""
    _check(document, _batch_fields(document, most))
    deals: list[DealRequest] = []
    errors: list[FieldProblem] = []
    for place, deal in enumerate(document["deals"], start=1):
        wrong = list(_deal_fields(deal, ABOUT_DEAL, ("answers",), profile))
        if len(errors) > MOST_LISTED:
            break
        if wrong:
            deal_id = deal.get("deal_id") if isinstance(deal, dict) else None
            named = deal_id if isinstance(deal_id, str) and not _text_problem(DEAL_ID, deal_id) else None
            errors += [FieldProblem(error.field, error.detail, place, named) for error in wrong]
        else:
            deals.append(DealRequest(**deal))
    if errors:
        raise refuse_fields(errors)
    return deals


def read_outcome(document: Any) -> OutcomeRequest:
    return OutcomeRequest(**_check(document, _fields(document, OUTCOME, ())))


def read_deal_id(text: str) -> str:
    """The id of a deal in an address."""
    problem = _text_problem(DEAL_ID, text)
    if problem:
        raise refuse_fields([FieldProblem("deal_id", problem)])
    return text


def tidy(text: object) -> str:
    """A text that may be stored and shown: of a sensible length, without control characters."""
    letters = "".join(letter if letter.isprintable() else " " for letter in str(text))
    return " ".join(letters.split())[:MOST_LETTERS]


def _check(document: Any, errors: Iterator[FieldProblem]) -> dict[str, Any]:
    """The fields of a document, or a Refusal where there is anything wrong with them."""
    listed = list(errors)
    if listed:
        raise refuse_fields(listed)
    return dict(document)


def _batch_fields(document: Any, most: int) -> Iterator[FieldProblem]:
    if not isinstance(document, dict):
        yield FieldProblem("", 'The body must be an object, as in {"deals": [...]}. See /openapi.json.')
        return
    yield from _unknown_fields(document, ("deals",), ())
    deals = document.get("deals")
    if not isinstance(deals, list) or not deals:
        yield FieldProblem("deals", "`deals` must be a list of at least one deal. Send the deals to score in it.")
    elif len(deals) > most:
        yield FieldProblem("deals", f"`deals` must be at most {most:,} deals, got {len(deals):,}. Send them in parts.")


def _deal_fields(
    document: Any, fields: tuple[Field, ...], objects: tuple[str, ...], profile: Profile
) -> Iterator[FieldProblem]:
    return _fields(document, fields, objects, profile.factor_ids)


def _fields(
    document: Any, fields: tuple[Field, ...], objects: tuple[str, ...], questions: Collection[str] = ()
) -> Iterator[FieldProblem]:
    """What is wrong with a document of texts and objects of answers."""
    if not isinstance(document, dict):
        yield FieldProblem("", f"Each request must be an object, got {_kind(document)}. See /openapi.json.")
        return
    allowed = [field.name for field in fields] + list(objects)
    yield from _unknown_fields(document, allowed, questions)
    for field in fields:
        problem = _text_problem(field, document.get(field.name))
        if problem:
            yield FieldProblem(field.name, problem)
    for name in objects:
        if not isinstance(document.get(name), dict):
            got = _kind(document[name]) if name in document else "nothing"
            yield FieldProblem(name, f"`{name}` must be an object of answers by factor, got {got}. Send {{}} for none.")
        elif len(document[name]) > len(questions) + MOST_UNKNOWN:
            got = f"{len(document[name]):,}; there are {len(questions):,} questions. /profile lists them"
            yield FieldProblem(name, f"`{name}` must be answers to questions of the profile, got {got}.")


def _text_problem(field: Field, value: Any) -> str:
    """What is wrong with a text; nothing where it is right."""
    name = field.name
    if value is None:
        return f"`{name}` is missing. {field.meaning}" if field.required else ""
    if not isinstance(value, str):
        otherwise = "" if field.required else ", or leave it out"
        return f"`{name}` must be text, got {_kind(value)}. Put it in quotes{otherwise}."
    if field.choices and value not in field.choices:
        return f"`{name}` must be {' or '.join(field.choices)}, got `{_shown(value)}`. Correct it."
    if not value.strip():
        return f"`{name}` is blank. {'Fill it in' if field.required else 'Leave it out where it is unknown'}."
    if len(value) > field.most:
        return f"`{name}` must be of at most {field.most:,} letters, got {len(value):,}. Shorten it."
    if not value.isprintable() and _has_controls(value):
        return f"`{name}` must be printable text, got a control character or half of one. Remove it."
    return ""


def _has_controls(text: str) -> bool:
    """Whether a text holds what cannot be stored or sent: control characters, or half a pair of surrogates."""
    return any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF or ord(letter) == 127 for letter in text)


def _unknown_fields(
    document: Mapping[str, Any], allowed: Collection[str], questions: Collection[str]
) -> Iterator[FieldProblem]:
    unknown = [name for name in document if name not in allowed]
    for count, name in enumerate(unknown[:MOST_UNKNOWN]):
        shown = _shown(name)
        if name in questions:
            yield FieldProblem(name, f"`{name}` is a factor. Put it into `answers`.")
            continue
        # Looking for a name like it takes long, and a request may hold any number of them.
        hint = did_you_mean(shown, allowed) if count < MOST_HINTS else ""
        yield FieldProblem(shown, f"`{shown}` is not a field of this request.{hint} Correct or remove it.")


def _shown(text: str) -> str:
    letters = text[:60].encode("utf-8", "backslashreplace").decode()
    return letters if len(text) <= 60 else f"{letters}..."


def _kind(value: Any) -> str:
    """What a JSON value is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else "text" if isinstance(value, str) else "a number"
