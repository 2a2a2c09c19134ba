"""Words that mean unknown, yes or no, in the languages of the CRMs that people export."""

# Cells that mean that nobody answered. Not "None" and "NA", which can be answers: no competitor, North America.
UNANSWERED = (
    "", "Unknown", "Select", "--None--", "N/A", "#N/A", "NaN", "null", "Not specified", "-", "--", "?",
    "\u2013", "\u2014", "---", "n.a.", "n. a.", "<NA>", "NaT", "not available", "undefined", "TBD", "TBC",
    "to be determined", "(blank)", "(empty)", "(unknown)", "(leer)", "(vide)", "(en blanco)", "(vuoto)", "(leeg)",
    "#NV", "#NULL!", "#VALUE!", "#WERT!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!",
    "n.v.", "n. v.", "n/v", "k.A.", "k. A.", "k/A", "keine Angabe", "keine Angaben", "unbekannt", "nicht bekannt",
    "inconnu", "inconnue", "non renseigné", "non précisé", "n.d.", "n/d", "n.c.",
    "desconocido", "desconocida", "no especificado", "sin especificar", "s/d",
    "desconhecido", "desconhecida", "não informado", "não especificado",
    "sconosciuto", "sconosciuta", "non specificato", "onbekend", "niet bekend", "n.b.",
)  # fmt: skip

# Not "s" or "o", which are South and other things too.
_YES_WORDS = (
    "yes y true t 1 1.0 on x checked ✓ ✔ ✔\ufe0f √ ☑ ☑\ufe0f ☒ ✅ "
    "ja j wahr oui vrai sí si verdadero sim verdadeiro sì vero waar"
)
YES = frozenset(_YES_WORDS.split())
_NO_WORDS = "no n false f 0 0.0 off unchecked ✗ ✘ ☐ ❌ ✖ ✖\ufe0f nein falsch non faux falso não nao nee onwaar"
NO = frozenset(_NO_WORDS.split())
YES_NO_POSITIONS = {word: int(word in YES) for word in YES | NO}
