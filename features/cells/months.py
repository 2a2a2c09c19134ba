"""Dates whose words are made digits: names of months, halves of the day and zones, in the languages of CRMs."""

import re
import unicodedata

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_NAMES = (  # English, German, French, Spanish, Portuguese, Italian, Dutch, without accents
    "january jan januar janner janvier janv enero ene janeiro gennaio gen januari",
    "february feb februar fevrier fevr fev febrero fevereiro febbraio februari",
    "march mar marz mrz mars marzo marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maio maggio mag mei",
    "june jun juni juin junio junho giugno giu",
    "july jul juli juillet juil julio julho luglio lug",
    "august aug aout agosto ago augustus",
    "september sep sept septembre septiembre setiembre setembro set settembre",
    "october oct oktober okt octobre octubre outubro out ottobre ott",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dic dezembro dicembre",
)
_MONTHS = {name: f"m{month:02}" for month, names in enumerate(_NAMES, start=1) for name in names.split()}
_DAYS_WORDS = (
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun montag mo "
    "dienstag di mittwoch mi donnerstag do freitag fr samstag sa sonnabend sonntag so lundi lun mardi mercredi mer "
    "jeudi jeu vendredi ven samedi sam dimanche dim lunes martes miercoles mie jueves jue viernes vie sabado sab "
    "domingo dom segunda terca quarta quinta sexta seg ter qua qui sex feira lunedi martedi mercoledi giovedi gio "
    "venerdi domenica maandag ma dinsdag woensdag wo donderdag vrijdag vr zaterdag za zondag zo"
)
_DAYS = frozenset(_DAYS_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+\.?")
_HALF = re.compile(r"[\s\u202f]*(?<![^\W\d_])([ap])\.?\s?m\.?(?=\W|$)", re.IGNORECASE)
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|er|\u00ba|\u00aa|\u00b0)\b", re.IGNORECASE)
_ZONE = re.compile(r"\s?(?:UTC|GMT)(?=$|[+-])")
_SPELLED = "[A-Za-z\u00c0-\uffff]"
_PARTS = r"(?s)^(?P<day>.*?)(?P<time>(?:\d{1,2}:\d\d.*)?)$"
MOST_LETTERS = 60  # of a date; longer cells are remarks


def without_words(texts: pd.Series) -> pd.Series:
    """The same dates with `m04` for any name of April, `AM` and `PM` in one spelling, and no other word."""
    spelled = texts.str.contains(_SPELLED).fillna(False).to_numpy(bool)
    if not spelled.any():
        return texts
    # Of a million moments few days are distinct, and few times of day.
    parts = pc.extract_regex(pa.array(texts[spelled], pa.string()), _PARTS)
    day, time = (_each_without_words(pc.struct_field(parts, place)) for place in range(2))
    plain = (day + time).str.strip(" ,").set_axis(texts.index[spelled])
    return texts.mask(spelled, plain)


def spelled_format(date_format: str) -> str:
    """A format of `strptime` as it reads what `without_words` gives."""
    plain = re.sub(r"%[aA][.,]?\s*", "", date_format)
    return re.sub(r"\s+de\s+", " ", re.sub(r"%[bB]\.?", "m%m", plain)).replace(" %p", "%p")


def _each_without_words(texts: pa.Array) -> pd.Series:
    codes, distinct = pd.factorize(pd.Series(texts.to_pandas(), dtype="str"))
    return pd.Series([_without_words(text) for text in distinct], dtype="str").reindex(codes).reset_index(drop=True)


def _without_words(text: str) -> str:
    if len(text) > MOST_LETTERS:
        return text
    text = _ZONE.sub("Z", _HALF.sub(lambda half: f"{half[1].upper()}M", _ORDINAL.sub("", text)))
    text = re.sub(r"Z(?=[+-]\d)", "", text)
    return re.sub(r"\s+", " ", _WORD.sub(_word, text))


def _word(found: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKD", found[0]).encode("ascii", "ignore").decode().lower().rstrip(".")
    if plain in _MONTHS:
        return _MONTHS[plain]
    return "" if plain in _DAYS or plain in ("de", "del", "of", "uhr", "um", "at", "a", "le") else found[0]
