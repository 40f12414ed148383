"""Texts that the scripts of pages say, by script and name: pages hand them over in one attribute, and no script holds one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TEXTS: Final[dict[str, dict[str, _StrPromise]]] = {
    "page": {
        "noTime": _("time unknown"),
        "months": _("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
        "noCrop": _("Its picture is being cut out: look again in a minute."),
        "antlersOf": _("Antlers of {year}: compare the rest of it."),
        "sideAndAntlers": _("{name}, {flank} side, with the antlers of {year}"),
        "sideOf": _("{name}, {flank} side"),
        "noCamera": _("No camera"),
        "pictureNumber": _("picture {number}"),
        "noPicture": _("no picture"),
        "noReference": _("No reference to show."),
        "nothingToUndo": _("Nothing of this visit is left to undo."),
        "sighting": _("the sighting: {kind}, {flank} side"),
    },
    "review": {
        "withAntlersOf": _(", antlers of {year}"),
        "guessed": _("(guessed)"),
        "pictureMarked": _("picture {number}, marked as another animal"),
        "noneOfThatYear": _("No picture with the antlers of that year."),
        "score": _("{score} of 100 alike"),
        "sexUnknown": _("sex not known"),
        "beingCompared": _(
            "{count} sightings are being compared with the deer that you know: they come in a few minutes."
        ),
        "oneCompared": _(
            "1 sighting is being compared with the deer that you know: it comes in a few minutes."
        ),
        "side": _("{flank} side"),
        "isItSo": _("It has the name {name}. Is that so?"),
        "nothingToCompare": _("Nothing to compare with yet. Is it a deer you know?"),
        "almostAlike": _("Who is it? The first two are almost equally alike."),
        "whoIsIt": _("Who is it? The most alike comes first."),
        "drawn": _(", this one drawn at random"),
        "progress": _("{reviewed} reviewed, {remaining} to go"),
        "nothingWaits": _("{reviewed} reviewed. Nothing waits for review."),
        "itIs": _("It is {name}"),
        "sideIs": _("Side: {flank}"),
        "none": _("None of these"),
        "invalid": _("Invalid: no usable picture of a deer"),
        "noDeer": _("No deer"),
        "markFirst": _("Mark the pictures of the other animal first: {key}."),
        "parted": _("The marked pictures are a sighting of their own"),
        "valid": _("Valid again"),
        "seeDecisions": _("Nothing of this visit is left to undo: see Decisions for earlier ones."),
        "takenBack": _("Taken back: {what}."),
        "morePictures": _(", {count} pictures"),
        "oneNewDeer": _("{count} sightings that may be one new deer"),
        "noGroups": _("No groups are left that may be new deer"),
        "lookAtMarks": _(
            "Any two of these pictures are much alike. Look at the marks, and untick what is another deer."
        ),
        "restWaits": _("What looks like no other sighting waits in the review, one by one."),
        "groupsLeft": _("{left} of {total} groups shown here are left"),
        "tickFirst": _("Tick the sightings that are this deer."),
        "makeNew": _("Make a new deer called {name}"),
        "nearlyPress": _(
            "{name} is nearly the name of {names}. Is it that deer? If not, press the button again."
        ),
        "oneMade": _("One new deer: {name}"),
        "makeOne": _("Make one new deer"),
        "knownOrNew": _("A deer that you know, or a new one."),
        "typeName": _("Type a name"),
        "known": _("A deer that you know."),
        "otherName": _("{name} is another name of {deer}."),
        "nearlyWhich": _(
            "{name} is nearly the name of a deer that you know. Which one do you mean?"
        ),
        "newName": _("No deer has this name or one like it."),
        "newDeer": _("A new deer: {name}"),
    },
    "why": {
        "bothCoats": _("the photograph and {name}: {says}"),
        "strongest": _(" The {count} strongest are shown."),
        "close": _("Press {key} to close this."),
        "next": _("Press {key} for {name}."),
        "why": _("Why {name}?"),
    },
    "labels": {
        "noOther": _("No other picture to show."),
        "pictureOf": _(", picture {number} of {count}"),
        "isItTheOther": _("This is called {name}. Is it {other}?"),
        "theSighting": _("The sighting"),
        "ownScore": _("whose name it bears, score {score}"),
        "otherScore": _("whom it looks like, score {score}"),
        "itIs": _("it is {name}"),
        "areTheyOne": _("Are {name} and {other} one deer?"),
        "labelled": _("{count} labelled sightings"),
        "oneLabelled": _("1 labelled sighting"),
        "becomes": _("one deer: {name} becomes {other}"),
        "twoDeer": _("they are two deer"),
        "skipped": _(", {count} skipped"),
        "nothingElse": _("Nothing else is in doubt{skipped}."),
        "noDoubt": _("No label is in doubt."),
        "left": _("{count} to look at"),
    },
    "audit": {
        "noPictureAnyMore": _("This sighting has no picture any more."),
        "seenFrom": _("{sex}, seen from: {flanks}"),
        "part": _(" (part {number} of {count})"),
        "progress": _("{answers} answered, about {more} more"),
        "isOpen": _("{count} assignments judged. {what} is open."),
        "hasPassed": _("{count} assignments judged. {what} has passed."),
        "hasFailed": _("{count} assignments judged. {what} has failed."),
        "wasSpoiled": _("{count} assignments judged. {what} was spoiled by its judge."),
        "row": _(
            "At {threshold} and above: {audited} judged, {wrong} wrong, at most {share} % of the names are wrong ({status})."
        ),
        "planted": _("{missed} of {shown} planted wrong pairs were called right."),
        "certified": _("Batch {number}, {claim}: {says}."),
        "batch": _("Batch {number}"),
        "theAudit": _("The audit"),
        "ofBatch": _("the names of these sightings"),
        "ofMachine": _("the names that Thumper gives by itself"),
        "best": _("the {count} best"),
        "all": _("all {count}"),
        "noneOpen": _("No audit is open."),
        "givenUp": _("Batch {number} was given up: nothing of it is assigned."),
    },
    "surveyAudit": {
        "missing": _("{answers} answered, {more} more until it says anything"),
        "enough": _("{answers} answered: enough. {more} more would make it surer"),
        "plenty": _("{answers} answered: more than enough"),
        "allAnswered": _("{answers} answered: nothing is left to judge"),
        "closed": _("Closed with {answers} answers."),
        "notBegun": _("No audit of this survey yet."),
        "capture": _("the photograph: {kind}, {flank} side"),
        "isIt": _("Is it one of these?"),
        "captures": _("{once} of deer that were seen once, and {often} of the others"),
        "within": _("{share} in 100 either way"),
        "takenBack": _("Your last answer was taken back. Here is its photograph again."),
        "profiles": _("{count} profiles"),
        "oneProfile": _("1 profile"),
        "noProfile": _("No profile has such a name."),
        "gone": _("{count} captures have no photograph any more and are asked nobody."),
        "thePhotograph": _("the photograph"),
        "pictureGone": _("The photograph is not there any more."),
        "isOther": _("It bears the name {profile}, and was judged to be {other}."),
        "isNobody": _("It bears the name {profile}, and was judged to be none of the others."),
        "lookAgain": _("Look at it in the review"),
    },
}
"""Places in braces are filled by the script."""
