"""Names of deer and cameras: the form in which one is stored, when two are the same or much alike, and what is none. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_SEPARATORS: Final = re.compile(r"[\s_.\-]+")
_LEADING_ZEROS: Final = re.compile(r"(?<!\d)0+(?=\d)")
_NUMBER_IN_BRACKETS: Final = re.compile(r"(?<=.)\s*\(\d+\)$")
_PROFILE_OF_A_RUN: Final = re.compile(r"unnamed \d+")  # so our own runs call a new deer
_NO_LETTER: Final = re.compile(r"[\W\d_]+")

_NO_NAMES_TEXT: Final = (
    # English, and what programs write where a value is missing
    "na, n a, nan, null, none, nil, nobody, no one, noone, not named, unnamed, no name, noname, no id, noid, id none, "
    "unknown, unkown, unknwon, unknow, unk, unkn, unknown id, id unknown, unknown individual, not known, unid, unident, "
    "unidentified, un identified, not identified, unidentifiable, not identifiable, undetermined, undefined, "
    "unspecified, unassigned, unmarked, uncertain, unclear, unsure, not sure, indeterminate, indet, ambiguous, "
    "unsorted, to sort, to do, todo, tbd, tba, to be determined, misc, miscellaneous, various, mixed, "
    "other, others, empty, blank, new folder, untitled folder, untitled, "
    # German
    "unbekannt, unbekannte, unbekannter, unbestimmt, unbestimmte, unbestimmter, unidentifiziert, nicht bestimmt, "
    "nicht identifiziert, kein, keine, keiner, keines, niemand, ohne name, ohne namen, unsortiert, unklar, "
    "neuer ordner, k a, keine angabe, verschiedene, "
    # Spanish and Portuguese
    "desconocido, desconocida, no identificado, no identificada, sin identificar, sin nombre, ninguno, ninguna, "
    "nadie, nd, s n, sin clasificar, nueva carpeta, desconhecido, desconhecida, nao identificado, sem nome, nenhum, "
    "nova pasta, "
    # French and Italian
    "inconnu, inconnue, non identifie, non identifiee, indetermine, aucun, aucune, sans nom, personne, "
    "nouveau dossier, sconosciuto, sconosciuta, non identificato, nessuno, nuova cartella, "
    # Dutch, Scandinavian, Polish, Czech, Finnish, Hungarian
    "onbekend, geen, nieuwe map, okand, ukendt, ukjent, ingen, nieznany, brak, neznamy, tuntematon, ismeretlen"
)
NO_NAMES: Final = frozenset(_NO_NAMES_TEXT.split(", "))
"""What people and programs write where nobody knew a name, without accents, digits and signs."""

_BESIDE_TEXT: Final = (
    "a the deer buck bucks doe does fawn fawns male female adult juvenile young yearling animal individual mature whitetail "
    "hirsch bock reh ricke kitz tier venado ciervo macho hembra cerf biche"
)
_BESIDE: Final = frozenset(_BESIDE_TEXT.split())
"""What may stand beside such a word without making a name of it: "Unidentified doe"."""


def clean_name(name: str) -> str:
    """The name as it is stored: composed letters (Unicode NFC), single blanks, none at either end.

    Examples
    --------
    >>> clean_name("  Old   Gus ")
    'Old Gus'
    """
    return " ".join(unicodedata.normalize("NFC", name).split())


@lru_cache(maxsize=4_096)  # an import asks for each row, and its names are few
def name_key(name: str) -> str:
    """What two names of one thing have in common: Unicode form, case and blanks are folded, accents are not.

    Examples
    --------
    >>> name_key("Old  GUS ") == name_key("old gus")
    True
    >>> name_key("G\\u00fcs") == name_key("Gus")
    False
    """
    return unicodedata.normalize("NFC", clean_name(name).casefold())


def alike_key(name: str) -> str:
    """What names that a person may have meant as one have in common: separators, accents and leading zeros too.

    A number in brackets at the end too: earlier versions of names that fold alike were kept by numbering them.
    Never a reason to take two names for one; a reason to say that they are much alike.

    Examples
    --------
    >>> alike_key("North-Gate 07") == alike_key("north_gate 7")
    True
    """
    plain = _NUMBER_IN_BRACKETS.sub("", _without_accents(name_key(name)))
    return _SEPARATORS.sub("", _LEADING_ZEROS.sub("", plain))


def is_no_name(name: str) -> bool:
    """Whether a text that stands where a name should only says that nobody knew it: NA, unknown, "?", "Unidentified doe".

    Examples
    --------
    >>> [name for name in ("NA", "?", "Unknown_1", "Unidentified doe", "Buck 7", "7", "Nadia") if is_no_name(name)]
    ['NA', '?', 'Unknown_1', 'Unidentified doe']
    """
    if not any(letter.isalnum() for letter in name):
        return True
    if _PROFILE_OF_A_RUN.fullmatch(name_key(name)):
        return False
    plain = " ".join(_NO_LETTER.sub(" ", _without_accents(name_key(name))).split())
    words = [word for word in plain.split() if word not in _BESIDE]
    return plain in NO_NAMES or (bool(words) and " ".join(words) in NO_NAMES)


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
