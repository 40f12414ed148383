"""Names of deer and cameras: the form in which one is stored, when two are the same or much alike, and what is none. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_SEPARATORS: Final = re.compile(r"[\W_]+")
_DOUBTS: Final = re.compile(
    r"(maybe|may be|possibly|possible|poss|probably|probable|prob|likely|perhaps|cf)\b[\W_]*"
)
_UNSEEN: Final = dict.fromkeys(
    # soft hyphen, blanks of no width, marks of direction and of byte order: copied along, and seen by nobody
    map(ord, "\u00ad\u200b\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\ufeff")
)
_NUMBERS: Final = re.compile(r"\d+")
_LEADING_ZEROS: Final = re.compile(r"(?<!\d)0+(?=\d)")
_NUMBER_IN_BRACKETS: Final = re.compile(r"(?<=.)\s*\(\d+\)$")
_PROFILE_OF_A_RUN: Final = re.compile(r"unnamed \d+")  # so our own runs call a new deer
_NO_LETTER: Final = re.compile(r"[\W\d_]+")
_SPREADSHEET_ERROR: Final = re.compile(r"#[a-z/0]+[!?]|#n/a", re.IGNORECASE)
_SCORE: Final = re.compile(r"[+-]?\d*[.,]\d+\s*%?|[+-]?\d+\s*%")
_FOLDER_OF_A_CARD: Final = re.compile(r"dcim|[1-9]\d\d(?=\w*[a-z_])[a-z0-9_]{5}")
_DAY: Final = re.compile(r"(19|20)\d\d([-_. ])\d\d?\2\d\d?")

_NO_NAMES_TEXT: Final = (
    # English, and what programs write where a value is missing
    "na, n a, nan, null, none, nil, nobody, no one, noone, not named, unnamed, no name, noname, no id, noid, id none, "
    "unknown, unkown, unknwon, unknow, unk, unkn, unknown id, id unknown, unknown individual, not known, unid, unident, "
    "unidentified, un identified, not identified, unidentifiable, not identifiable, undetermined, undefined, "
    "unspecified, unassigned, unmarked, uncertain, unclear, unsure, not sure, indeterminate, indet, ambiguous, "
    "unsorted, to sort, to do, todo, tbd, t b d, tba, to be determined, misc, miscellaneous, various, mixed, "
    "other, others, empty, blank, new folder, new folder copy, untitled folder, untitled, "
    "unknown na, na unknown, unknown unknown, not available, not applicable, not given, none given, null value, "
    "n d, n k, n n, not determined, undecided, unclassified, unrecognized, unrecognised, not recognized, "
    "not recognised, unmatched, no match, not matched, un id d, un id, unid d, unided, un ided, no i d, "
    "can t tell, cant tell, cannot tell, could not tell, can t identify, cannot identify, can not identify, "
    "could not identify, could not be identified, cannot be identified, "
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

_KINDS_TEXT: Final = (
    "deer deers buck bucks doe does fawn fawns male males female females adult adults juvenile juveniles young yearling "
    "yearlings animal animals individual individuals mature whitetail whitetails "
    "hirsch bock reh ricke kitz tier venado ciervo macho hembra cerf biche"
)
_KINDS: Final = frozenset(_KINDS_TEXT.split())
"""What a deer can be called that has no name."""

_BESIDE: Final = _KINDS | frozenset(
    [
        "a",
        "the",
        "sex",
        "id",
        "pt",
        "pts",
        "point",
        "points",
        "pointer",
        "pointers",
        "antlered",
        "antlerless",
        "spike",
        "tailed",
        "white",
        "small",
        "big",
        "large",
    ]
)
"""What may stand beside a word of NO_NAMES without making a name of it: "Unidentified doe"."""

_NO_DEER_TEXT: Final = (
    "new, multiple, several, many, see notes, see comments, see note, none seen, nothing, no deer, not a deer, "
    "no animal, no animals, false trigger, false positive, pending, to identify, to id, to be identified, to be id d, "
    "needs id, need id, id needed, needs review, review, not in database, true, false, yes, no, "
    "trash, reject, rejects, rejected, deleted, duplicate, duplicates"
)
NO_DEER: Final = frozenset(_NO_DEER_TEXT.split(", "))
"""What is no deer, beside NO_NAMES; a camera may be called so."""


def clean_name(name: str) -> str:
    """The name as it is stored: composed letters (Unicode NFC), single blanks, none at either end, no unseen signs.

    Examples
    --------
    >>> clean_name("  Old   Gus ")
    'Old Gus'
    """
    return " ".join(unicodedata.normalize("NFC", name).translate(_UNSEEN).split())


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
    """What names that a person may have meant as one have in common: signs, accents and leading zeros too.

    A word of doubt too ("maybe Gus"), and a number in brackets at the end: earlier versions of names that fold alike
    were kept by numbering them.
    Never a reason to take two names for one; a reason to say that they are much alike.

    Examples
    --------
    >>> alike_key("North-Gate 07") == alike_key("north_gate 7")
    True
    """
    plain = _NUMBER_IN_BRACKETS.sub("", _without_accents(name_key(name)))
    if (doubt := _DOUBTS.match(plain)) and doubt.end() < len(plain):
        plain = plain[doubt.end() :]
    return _SEPARATORS.sub("", _LEADING_ZEROS.sub("", plain))


def are_near(one: str, other: str) -> bool:
    """Whether a person may have meant one name by both: alike (`alike_key`), or a letter or two apart.

    Up to three letters none may differ, up to six one, of more two; two neighbours that changed places count as one.
    Names whose numbers differ are not near: Buck 7 and Buck 8 are two deer. Names that are the same are near too.

    Examples
    --------
    >>> are_near("Hickory", "hickori"), are_near("Hickory", "Hikcory"), are_near("Buck 7", "Buck 8")
    (True, True, False)
    """
    first, second = alike_key(one), alike_key(other)
    if first == second:
        return bool(first) or name_key(one) == name_key(other)
    if _NUMBERS.findall(first) != _NUMBERS.findall(second):
        return False
    letters = min(len(first), len(second))
    allowed = 0 if letters <= 3 else 1 if letters <= 6 else 2
    return bool(allowed) and _differ_by_at_most(allowed, first, second)


def _differ_by_at_most(allowed: int, one: str, other: str) -> bool:
    """Whether so many steps make one of the other: a letter put in, left out, changed, or two neighbours swapped.

    The optimal string alignment distance (Damerau 1964), row by row, given up where a row is above the limit.
    """
    if abs(len(one) - len(other)) > allowed:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, mate in enumerate(other, 1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != mate))
            if i > 1 and j > 1 and letter == other[j - 2] and mate == one[i - 2]:
                steps = min(steps, earlier[j - 2] + 1)
            row.append(steps)
        if min(row) > allowed:
            return False
    return row[-1] <= allowed


def is_no_name(name: str) -> bool:
    """Whether a text that stands where a name should only says that nobody knew it: NA, unknown, "?", "Unidentified doe".

    Examples
    --------
    >>> [name for name in ("NA", "?", "Unknown_1", "Unidentified doe", "Buck 7", "7", "Nadia") if is_no_name(name)]
    ['NA', '?', 'Unknown_1', 'Unidentified doe']
    """
    if not any(letter.isalnum() for letter in name) or _SPREADSHEET_ERROR.fullmatch(name.strip()):
        return True
    if _PROFILE_OF_A_RUN.fullmatch(name_key(name)):
        return False
    return _says_nobody(_letters(name), NO_NAMES)


def is_no_deer(name: str) -> bool:
    """Whether a text that stands where a deer's name should is none: what `is_no_name` says, a bare class, a score.

    Programs write a score for each class into a column named deer, people sort photographs into a folder
    "Bucks", and a card's own folders are no animals.

    Examples
    --------
    >>> [name for name in ("Buck", "Buck 7", "0.94", "7", "100RECNX", "New deer") if is_no_deer(name)]
    ['Buck', '0.94', '100RECNX', 'New deer']
    """
    if is_no_name(name):
        return True
    key = name_key(name)
    if _SCORE.fullmatch(key) or _FOLDER_OF_A_CARD.fullmatch(key) or _DAY.fullmatch(key):
        return True
    words = _letters(name).split()
    if not words or any(letter.isdigit() for letter in name):
        return False
    return _KINDS.issuperset(words) or _says_nobody(" ".join(words), NO_DEER)


def _letters(name: str) -> str:
    """The name's words without accents, digits and signs."""
    return " ".join(_NO_LETTER.sub(" ", _without_accents(name_key(name))).split())


def _says_nobody(plain: str, words: frozenset[str]) -> bool:
    """Whether it is one of these words, alone or with what may stand beside it."""
    others = [word for word in plain.split() if word not in _BESIDE]
    return plain in words or (bool(others) and " ".join(others) in words)


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
