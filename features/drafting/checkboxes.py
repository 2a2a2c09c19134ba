"""Checkboxes: columns of yes and no in the words of several languages, as signs, or as a mark that is there or not."""

from collections.abc import Collection

from icp_fit.features.cell_parsing import fold
from icp_fit.features.cells.words import NO, YES

DASHES = ("-", "\u2013", "\u2014")


def find_yes_no(answers: Collection[str], has_blanks: bool) -> dict[str, str] | None:
    """What the words of a checkbox mean, by word, where that needs saying; None where the column is none.

    A mark alone, with blanks, is yes, and the blank (the empty word) no, as is a dash.

    >>> find_yes_no(["x"], True)[""], find_yes_no(["ja", "nein"], True), find_yes_no(["red"], True)
    ('no', {}, None)
    """
    folded = {fold(answer) for answer in answers}
    if not folded & YES or folded - YES - NO:
        return None
    if folded - YES:
        return {}
    return dict.fromkeys(("", *DASHES), "no") if has_blanks else None
