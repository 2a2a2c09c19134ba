"""Mappings: which column of a CRM export is which of ours, which of its words mean what, and what counts as won.

A mapping works in both directions: `names` and `outcome` read an export, `rename` and `spellings` write one.
"""

import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import tomli_w
from pydantic import ConfigDict, TypeAdapter, ValidationError

from icp_fit.features.cell_parsing import fold
from icp_fit.features.cells.dates import FORMATS_BY_NAME
from icp_fit.features.cells.numbers import DecimalSign
from icp_fit.features.cells.words import UNANSWERED
from icp_fit.features.currency_rates import CurrencyRates
from icp_fit.features.documents import describe_problem, read_document, shipped_names
from icp_fit.features.errors import MappingError
from icp_fit.features.factors import Profile
from icp_fit.features.outcomes import Outcomes
from icp_fit.features.quoting import did_you_mean, quoted

DEAL_COLUMNS = ("deal_id", "account_id", "name", "owner", "created_on", "closed_on", "outcome")
IS_CLOSED = "is_closed"  # read together with the outcome, and no column of deals


@dataclass(frozen=True, repr=False)
class Mapping:
    """How a source's columns and words become ours.

    `columns` gives the source's name, or several of which the first that is there counts, for a column of ours, and
    an empty name where none of the source's columns is it, whatever they are called. Any
    other factor has the name that `factor_column` gives it, where one of `{snake_case}`, `{Snake_Case}`, `{camelCase}`
    and `{PascalCase}` stands for the factor's id, spelled like that; and is found under its own id or label as well.
    `columns.is_closed` names the column that says whether a deal is closed, read together with its outcome.
    `values` gives, for a factor, our answer for a word of the source, empty where the word means unanswered.
    `split` gives the separator of a column that lists several values in a cell, each of which is then a column of yes
    and no, named as in `Features: SSO`.
    `date_format` is as in `strptime`, or `iso`, `excel`, `epoch_s` or `epoch_ms`; `decimal` is the decimal sign: each
    for all columns or by column of ours, and inferred from what a column proves if empty. `currency` says in what
    currency amounts are.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    columns: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    factor_column: str = ""
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    outcome: Outcomes = field(default_factory=Outcomes)
    unanswered: tuple[str, ...] = UNANSWERED
    date_format: str | dict[str, str] = ""
    decimal: Literal["", ".", ","] | dict[str, DecimalSign] = ""
    currency: CurrencyRates = field(default_factory=CurrencyRates)
    split: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """What differs from a plain mapping, by key."""
        keys = [name for name in self.__dataclass_fields__ if getattr(self, name) != getattr(_PLAIN, name)]
        return f"<Mapping: {', '.join(keys) or 'our own names and words'}>"

    def names(self, column: str) -> tuple[str, ...]:
        """What the source may call a column of ours, the likeliest name first."""
        if column in self.columns:
            named = self.columns[column]
            return (named,) if isinstance(named, str) else named
        if column == IS_CLOSED:
            return (IS_CLOSED, "hs_is_closed", "Is Deal Closed?")
        if self.factor_column and column not in DEAL_COLUMNS:
            return (_styled(self.factor_column, column),)
        return (column,)

    def date_format_of(self, column: str) -> str:
        """The format of dates in a column of ours; empty where it is to be found."""
        if isinstance(self.date_format, str):
            return self.date_format
        return next((self.date_format[name] for name in (column, *self.names(column)) if name in self.date_format), "")

    def decimal_of(self, factor_id: str) -> DecimalSign | None:
        """The decimal sign of a factor's column; None where it is to be found."""
        return (self.decimal if isinstance(self.decimal, str) else self.decimal.get(factor_id)) or None

    def leaves_out(self, column: str) -> bool:
        """Whether no column of the source is this one of ours, whatever they are called."""
        return self.columns.get(column) == ""

    def without(self, *columns: str) -> "Mapping":
        """The same mapping, by which none of these columns of ours is read."""
        return replace(self, columns={**self.columns, **dict.fromkeys(columns, "")})

    def rename(self, profile: Profile) -> dict[str, str]:
        """The source's name for each column that a table of deals may have, by ours."""
        return {column: self.names(column)[0] for column in dict.fromkeys((*DEAL_COLUMNS, *profile.factor_ids))}

    def translate(self, column: str, texts: pd.Series) -> pd.Series:
        """Texts of the source in a column, each in our words where `values` lists it."""
        if not (words := self.values.get(column)):
            return texts
        ours = {fold(theirs): ours for theirs, ours in words.items()}
        return pd.Series([ours.get(fold(text), text) for text in texts], texts.index, dtype="str")

    def spellings(self, column: str) -> dict[str, str]:
        """The source's word for each of our answers in a column, where it is not our own."""
        if column == "outcome":
            return {"won": self.outcome.won[0], "lost": self.outcome.lost[0], "": self.outcome.open[0]}
        return {ours: theirs for theirs, ours in reversed(self.values.get(column, {}).items())}


_PLAIN = Mapping()
_READER = TypeAdapter(Mapping)


def read_mapping(name: str | Path) -> Mapping:
    """Read a mapping by the name of one that is shipped (`"salesforce"`) or by the path of a TOML file.

    Raises MappingError, naming file, key and remedy.
    """
    text, where = read_document(name, "mappings", MappingError)
    return parse_mapping(text, where)


def parse_mapping(text: str, where: str = "mapping") -> Mapping:
    """Read a mapping from TOML text; `where` names it in errors.

    One that `extends` a shipped mapping has all that this one says, and adds to it or replaces it key by key; its words
    for outcomes are added, and move where they meant another one.
    """
    try:
        document = tomllib.loads(text)
        base = _read_base(document.pop("extends", ""), where)
        mapping = (
            _extend(base, _READER.validate_python(document), document) if base else _READER.validate_python(document)
        )
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{where} is not valid TOML: {error}. Correct the file there.") from error
    except ValidationError as error:
        # a key that may be a text or a list has a problem for either
        problems = {_key(problem["loc"]): problem for problem in reversed(error.errors())}
        lines = [f"{where}: `{key}`: {describe_problem(problem)}" for key, problem in sorted(problems.items())]
        raise MappingError("\n".join(lines)) from error
    _check_words(mapping, where)
    _check_formats(mapping, where)
    mapping.currency.check(where)
    return mapping


def _read_base(name: object, where: str) -> Mapping | None:
    """The shipped mapping of this name; a file is not read, for a mapping may come from anywhere."""
    if not name:
        return None
    known = shipped_names("mappings")
    if name not in known:
        raise MappingError(f"{where}: `extends` must name a shipped mapping, {quoted(known)}, got {name!r}.")
    return read_mapping(str(name))


def _extend(base: Mapping, mapping: Mapping, document: dict[str, Any]) -> Mapping:
    """The base with what a mapping says in addition; `document` tells which keys it has."""
    given = {key: getattr(mapping, key) for key in document}
    for key in {"columns", "split"} & set(given):
        given[key] = getattr(base, key) | given[key]
    if "values" in given:
        given["values"] = base.values | {
            column: base.values.get(column, {}) | words for column, words in mapping.values.items()
        }
    if "outcome" in given:
        words = {outcome: tuple(document["outcome"].get(outcome, ())) for outcome in ("won", "lost", "open")}
        given["outcome"] = base.outcome.adding(words["won"], words["lost"], words["open"])
    return replace(base, **given)


def check_mapping(mapping: Mapping, profile: Profile) -> Mapping:
    """Return the mapping, or raise MappingError where it names factors or answers that the profile does not have."""
    known = {*DEAL_COLUMNS, IS_CLOSED, "amount", *profile.factor_ids}
    for section, named in (("columns", mapping.columns), ("values", mapping.values)):
        for column in named:
            if column not in known:
                raise MappingError(
                    f"The mapping's [{section}] names `{column}`, neither a factor of profile `{profile.name}` nor a "
                    f"column that every deal may have.{did_you_mean(column, known)} Correct or remove it."
                )
    signs = () if isinstance(mapping.decimal, str) else mapping.decimal
    for factor_id in (*signs, *mapping.currency.amounts):
        if factor_id not in profile.factor_ids:
            raise MappingError(
                f"The mapping's `decimal` or `currency.amounts` names `{factor_id}`, no factor of profile "
                f"`{profile.name}`.{did_you_mean(factor_id, profile.factor_ids)} Correct or remove it."
            )
    for column, words in mapping.values.items():
        choices = profile.factor(column).choices if column in profile.factor_ids else ()
        for theirs, ours in words.items():
            if choices and ours and ours not in choices:
                raise MappingError(
                    f'The mapping\'s [values.{column}] turns "{theirs}" into "{ours}", which is no answer of that '
                    f'factor. Use one of {quoted(choices)}, or "" for unanswered.'
                )
    return mapping


def write_mapping(mapping: Mapping) -> str:
    """TOML text that `parse_mapping` reads back to an equal mapping; values equal to the default are left out."""
    document = _READER.dump_python(mapping, exclude_defaults=True, mode="json")
    return tomli_w.dumps(document)


def _check_words(mapping: Mapping, where: str) -> None:
    outcome = mapping.outcome
    meanings = [{fold(word) for word in words} for words in (outcome.won, outcome.lost, outcome.open)]
    for words, others in ((meanings[0], meanings[1]), (meanings[0], meanings[2]), (meanings[1], meanings[2])):
        if words & others:
            raise MappingError(
                f"{where}: [outcome] gives two meanings to {quoted(sorted(words & others))}. "
                "List `won`, `lost` and `open` in full, each word once."
            )
    if not (outcome.won and outcome.lost):
        raise MappingError(f"{where}: [outcome] must list at least one word for `won` and one for `lost`.")
    for column, separator in mapping.split.items():
        if not separator.strip(" "):
            raise MappingError(f'{where}: [split] must give the sign between the values of `{column}`, such as ";".')
    if mapping.factor_column and mapping.factor_column == _styled(mapping.factor_column, "a_b"):
        raise MappingError(
            f'{where}: `factor_column` must spell the id of a factor, as in "{{Snake_Case}}__c", got '
            f'"{mapping.factor_column}". Use {{snake_case}}, {{Snake_Case}}, {{camelCase}} or {{PascalCase}} for it.'
        )


def _key(place: tuple[int | str, ...]) -> str:
    """Where a problem is, without the names of the types that a key may have."""
    return ".".join([str(part) for part in place if "[" not in str(part)][:2])


def _check_formats(mapping: Mapping, where: str) -> None:
    formats = [mapping.date_format] if isinstance(mapping.date_format, str) else mapping.date_format.values()
    for date_format in formats:
        if date_format and "%" not in date_format and date_format not in FORMATS_BY_NAME:
            raise MappingError(
                f'{where}: `date_format` must be as in strptime, such as "%d/%m/%Y", or one of '
                f'{quoted(FORMATS_BY_NAME)}, got "{date_format}".'
            )


def _styled(pattern: str, factor_id: str) -> str:
    words = factor_id.split("_")
    titled = [word.capitalize() for word in words]
    styles = {
        "snake_case": factor_id,
        "Snake_Case": "_".join(titled),
        "camelCase": "".join([words[0], *titled[1:]]),
        "PascalCase": "".join(titled),
    }
    return re.sub(r"\{(\w+)\}", lambda match: styles.get(match[1], match[0]), pattern)
