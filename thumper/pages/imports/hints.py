"""Hints of an importer, as its pages say them: for an option or a command of the terminal, what the page has in its place.

An importer's sentences are stored as they were made, and are read in the terminal too: they are put into the words
of the pages when they are shown.
"""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext_lazy as _

_TABLE: Final = _('under "Which column says what?"')
_CAMERA: Final = _('under "Which camera took them?"')
_CLOCK: Final = _("the page of the camera, under Clock,")
_STATIONS: Final = _("as a table of where cameras stood")
_UTM: Final = _('under "Zone of places in metres"')
_TIMES: Final = _('under "How a table writes its times"')

_HINTS: Final = (
    (r"If its clock was wrong, correct_clock mends it, and so does --clock-offset .+?=SECONDS in an import; if a deployment is missing, import_deployments marks .+? anew\.",
     _("If its clock was wrong, correct it on the page of the camera, under Clock; if the camera was out on that day, say so on its page.")),
    (r"correct_clock or --clock-offset CAMERA=SECONDS mends a clock", _("a clock is corrected on the page of the camera, under Clock")),
    (r"correct_clock moves [^.]+", _("correct the times on the page of the camera, under Clock")),
    (r"Name it by --camera NAME, take it from the folders by --folders cameras, or from the path by --camera with a pattern\.",
     _('Say which one it is under "Which camera took them?", or on the page of a photograph.')),
    (r"A folder import takes them for deer .+?: type which\.", _('Say what they are under "Which camera took them?".')),
    (r"as --folders deer says, ", _("as was chosen, ")),
    (r"give --folders cameras or none", _("choose another meaning of the folders")),
    (r"Say what that is in a file with lines such as .+? and run relabel_detections --labels FILE\.", _("Correct the class in the gallery: filter by this import, mark the photographs, choose a class.")),
    (r"give --labels a file with the line .+?,unknown_deer", _("correct the class in the gallery: filter by this import, mark the photographs, choose a class of deer")),
    (r"(name one|Name one that should be|name it|say so|say which one names the photographs,|Name the column of the photographs|Name one) by --column [^\s=]+=(HEADING|\S+)",
     _('choose it under "Which column says what?"')),
    (r"--column [^\s=]+=.+?(?=: )", _TABLE),
    (r"by import_deployments", _STATIONS),
    (r"import_deployments reads it by itself", _("Import it by itself, as a table of where cameras stood")),
    (r": in the admin, under Cameras, .+?, or run merge_cameras\.", _(": on the page of one of them, under Merge.")),
    (r"say their zone, such as --utm-zone 14N", _('say their zone under "Zone of places in metres", such as 14N')),
    (r"give it by --utm-zone, such as --utm-zone 14N", _('give it under "Zone of places in metres", such as 14N')),
    (r"--utm-zone", _UTM),
    (r"by --time-format", _TIMES),
    (r"--time-format", _TIMES),
    (r": --map FROM=TO replaces a beginning", ""),
    (r"say by --map FROM=TO which folder each of them means", _("import the folders one by one")),
    (r"undo this import and use --map", _("undo this import, and import the folders one by one")),
    (r"leave --link out", _('take the tick from "Do not copy the photographs"')),
    (r"name its format by --format, one of [^.]+", _("choose a table, or a file of a detector that is known")),
    (r" --format NAME forces one\.", ""),
    (r"; --format table reads the file as a table of its own", ""),
    (r"--folders says what folders of photographs are, and .+? is a file: leave it out\. --camera takes cameras .+",
     _('A file has no folders whose meaning could be said: say which camera it was under "Which camera took them?".')),
    (r"--video-fps .+? is no rate: give the frames", _("Give the frames")),
    (r"--video-frames .+? is unknown: use moving or all", _("Choose the frames in which something moves, or all")),
)  # fmt: skip
"""Sentences and parts of them, with what the pages have in their place. The first that fits a place is taken."""
_COMPILED: Final = tuple((re.compile(pattern), words) for pattern, words in _HINTS)


def on_page(text: str) -> str:
    """The sentence, with the page's own ways where it names those of the terminal."""
    for pattern, words in _COMPILED:
        text = pattern.sub(str(words), text)
    return text
