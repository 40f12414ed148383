"""Names of deer and cameras: the form in which one is stored, and when two are the same or much alike. Pure."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s_.\-]+")
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def clean_name(name: str) -> str:
    """The name as it is stored: composed letters (Unicode NFC), single blanks, none at either end.

    Examples
    --------
    >>> clean_name("  Old   Gus ")
    'Old Gus'
    """
    return " ".join(unicodedata.normalize("NFC", name).split())


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

    Never a reason to take two names for one; a reason to say that they are much alike.

    Examples
    --------
    >>> alike_key("North-Gate 07") == alike_key("north_gate 7")
    True
    """
    letters = unicodedata.normalize("NFKD", name_key(name))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _SEPARATORS.sub("", _LEADING_ZEROS.sub("", plain))
