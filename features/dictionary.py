"""The data dictionary of a profile: every column that a table of deals may have, in Markdown."""

from collections.abc import Iterable, Iterator

from icp_fit.features.factors import Dimension, Factor, Profile

COLUMN_MEANINGS = {
    "deal_id": "The deal's id in your own system, each once.",
    "account_id": "The buyer's id; deals of one account are kept together when a model is judged.",
    "name": "What people call the deal.",
    "owner": "Whose deal it is.",
    "created_on": "The day on which the deal was opened, as 2025-03-31.",
    "closed_on": "The day on which it was won or lost; with it, models are judged on the newest deals.",
    "outcome": "`won` or `lost`; empty while open. Required to train.",
}


def write_dictionary(profile: Profile) -> str:
    """The whole dictionary, ending with a line break."""
    return "\n".join([*_head(profile), *(line for dimension in profile.dimensions for line in _dimension(dimension))])


def _head(profile: Profile) -> Iterator[str]:
    grades = profile.grades
    yield f"# Data dictionary: {profile.label}\n"
    yield f"Written by `icp-fit profile docs {profile.name}` from version {profile.version} of the profile.\n"
    yield f"{profile.summary} Before a model is trained, {profile.win_rate:.0%} of deals are assumed to be won.\n"
    yield f"Grades: A from a score of {grades.A:g}, B from {grades.B:g}, C from {grades.C:g}, D below.\n"
    yield "An empty cell is an open question, neither no nor low, and the column of a question may be missing."
    yield "↑ means that more of it, a later level or yes never lowers the score, ↓ that it never raises it, and · that"
    yield "only deals can tell. The weight is the experts' log-odds of the most favourable answer; for a number, of the"
    yield "better end of what is usual.\n"
    yield "## About the deal\n"
    yield from _table(("column", "meaning"), [(f"`{name}`", meaning) for name, meaning in COLUMN_MEANINGS.items()])


def _dimension(dimension: Dimension) -> Iterator[str]:
    yield f"## {dimension.label}\n"
    yield f"{dimension.summary}\n"
    rows = [
        (f"`{f.id}`", f.question, _answers(f), f.arrow, f"{f.weight:.2f}" if f.weight else "")
        for f in dimension.factors
    ]
    yield from _table(("column", "question", "answers", "", "weight"), rows)
    if notes := [(f, note) for f in dimension.factors for note in _notes(f)]:
        yield "What a seller can do, and what else to know:\n"
        yield from (f"- {factor.label}: {note}" for factor, note in notes)
        yield ""


def _answers(factor: Factor) -> str:
    if factor.kind == "yes_no":
        return "`no`, `yes`"
    if factor.choices:
        return (" < " if factor.levels else ", ").join(f"`{choice}`" for choice in factor.choices)
    least = "" if factor.minimum is None else f" of at least {factor.minimum:,.15g}"
    usual = f", usually {factor.scale[0]:,.15g} to {factor.scale[1]:,.15g}" if factor.scale else ""
    return f"{'whole number' if factor.kind == 'count' else 'number'}{least}{usual}"


def _notes(factor: Factor) -> Iterator[str]:
    if factor.known_at == "close":
        yield "Known only at close, so never trained on."
    if factor.unanswered == "informative":
        yield "An open question is a sign as well."
    if factor.advice:
        yield factor.advice


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
    yield ""
