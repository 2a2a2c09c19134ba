"""Currencies as cells and columns name them: by sign, by ISO 4217 code, and the columns that hold them."""

import re
from collections.abc import Iterable

_CODES_WORDS = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG "
    "HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD "
    "MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB "
    "RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU "
    "UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
CODES = frozenset(_CODES_WORDS.split())
# What each sign may mean, the likeliest code first.
SIGNS = {
    "US$": "USD", "U$S": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "NZ$": "NZD",
    "S$": "SGD", "R$": "BRL", "MX$": "MXN", "NT$": "TWD",
    "$": "USD CAD AUD NZD HKD SGD MXN ARS CLP COP TWD", "€": "EUR", "£": "GBP EGP", "¥": "JPY CNY", "￥": "JPY CNY",
    "元": "CNY", "円": "JPY", "₹": "INR", "Rs.": "INR PKR LKR", "Rs": "INR PKR LKR", "₩": "KRW", "₽": "RUB", "₺": "TRY",
    "TL": "TRY", "₫": "VND", "₴": "UAH", "₦": "NGN", "₱": "PHP", "₪": "ILS", "฿": "THB", "₡": "CRC", "₲": "PYG",
    "₸": "KZT",
    "Fr.": "CHF", "SFr.": "CHF", "kr.": "DKK SEK NOK ISK", "kr": "SEK NOK DKK ISK", "zł": "PLN", "zl": "PLN",
    "Kč": "CZK", "Ft": "HUF", "lei": "RON MDL", "лв": "BGN", "RM": "MYR", "Rp": "IDR", "R": "ZAR",
    "Euros": "EUR", "Euro": "EUR", "S/.": "PEN", "S/": "PEN",
}  # fmt: skip
# Names in full, as columns of currencies have them.
NAMES = {
    "US Dollar": "USD", "U.S. Dollar": "USD", "US-Dollar": "USD", "Dollar": "USD CAD AUD", "Dollars": "USD CAD AUD",
    "British Pound": "GBP", "Pound Sterling": "GBP", "Pound": "GBP", "Pfund": "GBP", "Japanese Yen": "JPY",
    "Yen": "JPY", "Swiss Franc": "CHF", "Schweizer Franken": "CHF", "Franken": "CHF", "Indian Rupee": "INR",
    "Canadian Dollar": "CAD",
    "Australian Dollar": "AUD", "Chinese Yuan": "CNY", "Yuan": "CNY", "Renminbi": "CNY", "Brazilian Real": "BRL",
    "Real": "BRL", "Mexican Peso": "MXN", "Swedish Krona": "SEK", "Norwegian Krone": "NOK", "Danish Krone": "DKK",
}  # fmt: skip
_SIGN = {sign.casefold(): codes.split() for sign, codes in (SIGNS | NAMES).items()}
MOST_LETTERS = 60  # of a currency's name, as in "USD - U.S. Dollar"
# A column of such a name holds currencies if its cells do.
_NAME = re.compile(
    r"currency|\b(?:curr?|ccy|whg|wkz|fx)\b|währung|waehrung|moneda|divisa|devise|monnaie|moeda|valuta|munteenheid|waluta",
    re.IGNORECASE,
)
_COMMON = frozenset(["USD", "EUR", "GBP", "CHF", "JPY"])
# A sum of money is called so, in seven languages.
_MONEY = re.compile(
    r"amount|price|budget|revenue|turnover|value|\b[at]cv\b|\b[am]rr\b|\bcosts?\b|\bfees?\b|\bsum\b|sales|deal size|"
    r"\b(?:usd|eur|gbp)\b|\b(?:sub|grand )?total\b|\bspend(?:ing)?\b|invest(?:ment|ition|issement)|betrag|preis|umsatz|"
    r"\b[a-zäöü]*wert\b|summe|kosten|volumen\b|\b(?:netto|brutto)\b|montant|prix|chiffre|valeur|importe|precio|ingreso|"
    r"valor|monto|preço|preco|receita|importo|prezzo|fatturato|bedrag|prijs|omzet|waarde",
    re.IGNORECASE,
)


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


# Regular expressions for what stands before or behind a sum; "5 R" is no rand, nor is "5 KR" a thousand of them.
BEFORE = f"(?i:{_any_of({*SIGNS, *CODES})})"
BEHIND = f"(?i:{_any_of({*SIGNS, *CODES} - {'R'})})"


def currency_codes(text: str) -> tuple[str, ...]:
    """The codes that a sign or a code may mean, the likeliest first; none if it names no currency.

    >>> currency_codes("¥"), currency_codes("eur"), currency_codes("pcs")
    (('JPY', 'CNY'), ('EUR',), ())
    """
    word = text.strip()
    if word.upper() in CODES:
        return (word.upper(),)
    if codes := _SIGN.get(word.casefold()):
        return tuple(codes)
    return tuple(code for code in re.findall(r"\b[A-Z]{3}\b", word[:MOST_LETTERS]) if code in CODES)[:1]


def is_same_currency(one: str, other: str) -> bool:
    """Whether two names may mean one currency, as `$` and `USD` do."""
    return one == other or bool(set(currency_codes(one)) & set(currency_codes(other)))


def are_currencies(words: Iterable[str]) -> bool:
    """Whether a column of whatever name holds currencies: codes alone, or signs and names with a common one of them.

    >>> are_currencies(["€", "$"]), are_currencies(["eur", "Franken"]), are_currencies(["R", "RM"])
    (True, True, False)
    """
    found = list(words)
    if all(word in CODES for word in found):
        return bool(found)
    codes = [(word.upper(),) if word.upper() in CODES else tuple(_SIGN.get(word.casefold(), ())) for word in found]
    return all(codes) and any(_COMMON.intersection(of) for of in codes)


def names_money(column: str) -> bool:
    """Whether a column is called as a sum of money."""
    return bool(_MONEY.search(re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", column)))


def names_currency(column: str) -> bool:
    """Whether a column is called as one that holds currencies."""
    return bool(_NAME.search(column.replace("_", " ")))
