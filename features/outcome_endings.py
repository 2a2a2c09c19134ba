"""What a word of a CRM says of how a deal ended, in seven languages: whole words count, never parts of words."""

import re
from typing import Literal

from icp_fit.features.cell_parsing import without_accents

Ending = Literal["won", "lost", "closed"]

# Without accents, except where a word without its accent is another one (`termine` are appointments in German).
_WON = """
won closedwon
gewonnen gewonnene gewonnener
gagne gagnee gagnes gagnees
ganado ganada ganados ganadas
ganho ganha ganhos ganhas ganhou
vinto vinta vinti vinte
"""
_DROPPED = """
dead disqualified unqualified cancelled canceled cancellation abandoned rejected declined withdrawn
tote toter totes disqualifiziert unqualifiziert storniert stornierte stornierung abgebrochen annulliert aufgegeben
abgelehnt abgesagt absage
mort morte disqualifie disqualifiee annule annulee annules annulees annulation abandonne abandonnee abandonnes
refusé refusée rejeté rejetée décliné déclinée
muerto muerta descalificado descalificada cancelado cancelada cancelados canceladas anulado anulada
rechazado rechazada descartado descartada recusado recusada rejeitado rejeitada
abandonado abandonada desqualificado desqualificada
morto morta squalificato squalificata annullato annullata cancellato cancellata abbandonato abbandonata
rifiutato rifiutata
dood gediskwalificeerd geannuleerd geannuleerde opgegeven verlaten afgewezen
"""
_LOST = """
lost loss closedlost
verloren verlorene verlorener verlust
perdu perdue perdus perdues perte
perdido perdida perdidos perdidas perdeu
perso persa persi perse
verlies
"""
_CLOSED = """
closed
abgeschlossen abgeschlossene abgeschlossener geschlossen geschlossene beendet
cloture cloturee clotures cloturees clos ferme fermee fermes fermees terminé terminée conclu conclue
cerrado cerrada cerrados cerradas
fechado fechada fechados fechadas encerrado encerrada
chiuso chiusa chiusi chiuse concluso conclusa
gesloten afgesloten afgerond
"""
_WORDS: dict[Ending, str] = {"won": _WON, "lost": _LOST + _DROPPED, "closed": _CLOSED}
_ENDINGS = {word: ending for ending, words in _WORDS.items() for word in words.split()}
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")  # "won't" is one word, and says nothing of winning
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
# A closing that has not come: "not yet closed", "to be closed", "noch nicht abgeschlossen", "pas encore clôturé".
_NOT_YET = frozenset(
    ["not", "never", "be", "nicht", "kein", "pas", "non", "no", "nao", "sin", "sem", "niet", "wird", "isn't"]
)
# A deal that was dropped because nobody decided: "no decision", "keine Entscheidung", unless it may still come.
_UNDECIDED = re.compile(
    r"\b(?:no decision|keine entscheidung|(?:pas de|sans|aucune) decision|(?:sin|sem) decis\w+|nessuna decisione|"
    r"geen beslissing)\b(?! yet| bisher)"
)


def find_ending(text: str) -> Ending | None:
    """How a deal ended by this text: won, lost (or dropped), closed in a way that is not said, or nothing of it.

    >>> find_ending("Closed Lost to Competition"), find_ending("Gewonnen - Verlängerung"), find_ending("Wonderland")
    ('lost', 'won', None)
    >>> find_ending("Not yet closed") is None
    True
    >>> find_ending("Nicht gewonnen")  # lost, or open still
    'closed'
    """
    words = [word.casefold() for word in _WORD.findall(_CAMEL.sub(" ", text))]
    plain = [without_accents(word) for word in words]
    found = {
        ending
        for place, (word, bare) in enumerate(zip(words, plain, strict=True))
        if (ending := _ENDINGS.get(word) or _ENDINGS.get(bare))
        and not (ending == "closed" and _NOT_YET.intersection(plain[max(place - 2, 0) : place]))
    }
    negated = any(
        _ENDINGS.get(bare) in ("won", "lost") and _NOT_YET.intersection(plain[max(place - 2, 0) : place])
        for place, bare in enumerate(plain)
    )
    if {"won", "lost"} <= found or (negated and found):
        return "closed"
    if not found and _UNDECIDED.search(" ".join(plain)):
        return "lost"
    return next((ending for ending in ("won", "lost", "closed") if ending in found), None)
