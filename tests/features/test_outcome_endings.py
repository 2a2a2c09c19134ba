import pytest

from icp_fit.features.outcome_endings import find_ending


@pytest.mark.parametrize(
    "text",
    ["Won", "Closed Won - Renewal", "closedwon", "ClosedWon", "closed_won_2", "Gewonnen (Neukunde)", "Gagné", "GAGNEE",
     "Ganada", "Ganho", "Fechado - Ganho", "Vinto", "Chiuso vinto", "5 - won"],
)  # fmt: skip
def test_words_that_say_won(text: str):
    assert find_ending(text) == "won"


@pytest.mark.parametrize(
    "text",
    ["Closed Lost to Competition", "closedlost", "Verloren an Wettbewerb", "Perdu", "Perdue - prix", "Perdido",
     "Venta perdida", "Perso", "Chiusa persa", "Disqualified", "Dead", "Cancelled", "Canceled by customer", "Abandoned",
     "Storniert", "Annulé", "Abandonnée", "Cancelado", "Annullato", "Geannuleerd", "Disqualifiziert",
     "Declined", "Abgelehnt", "Refusée", "Rechazado", "Recusado", "Rifiutata", "Afgewezen", "No decision",
     "Loss - Price", "Keine Entscheidung", "Sans décision"],
)  # fmt: skip
def test_words_that_say_lost_or_dropped(text: str):
    assert find_ending(text) == "lost"


@pytest.mark.parametrize(
    "text",
    ["Closed", "Closed - Other", "Abgeschlossen", "Clôturé", "Cloture", "Terminé", "Cerrado", "Fechado", "Chiuso",
     "Gesloten", "Afgesloten", "Closed: won or lost", "Not qualified by us, closed",
     "Not won", "Nicht gewonnen", "Non gagnée", "Noch nicht verloren"],
)  # fmt: skip
def test_words_that_say_closed_but_not_how(text: str):
    assert find_ending(text) == "closed"


@pytest.mark.parametrize(
    "text",
    ["", "Negotiation", "Wonderland", "Won't close this year", "Not yet closed", "To be closed", "Closing",
     "Close plan", "Noch nicht abgeschlossen", "Pas encore clôturé", "No cerrado", "Nog niet gesloten",
     "Termine vereinbart",
     "Deadline agreed", "Disclosed", "Enclosed documents", "Glossary", "Technical win", "Ganadería", "Personal",
     "Lossless", "No decision yet", "Decision pending", "Refuse"],
)  # fmt: skip
def test_words_that_say_no_ending(text: str):
    assert find_ending(text) is None
