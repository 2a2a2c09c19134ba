"""Columns as a spreadsheet names them."""


def column_letter(place: int) -> str:
    """The letter of a column, from 0: A, B, ... Z, AA.

    >>> [column_letter(place) for place in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
