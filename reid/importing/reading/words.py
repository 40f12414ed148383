"""Words of a source understood: its words for classes, and the texts that stand where names of deer and cameras should.

Every format gives the words as it read them; what they mean is decided here, once for all of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from reid.importing.report import WordCount
from reid.importing.rows import NOT_A_DEER, Note, Refusal, RefusalReason, one_line
from reid.models import Camera, Deer, Detection, FormerName
from reid.naming import clean_name, is_no_deer, is_no_name, name_key
from reid.taxonomy import DEER, Classification
from reid.wording import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from reid.importing.report import ReportBuilder
    from reid.importing.rows import Row
    from reid.vocabulary import Meaning, Vocabulary

UNKNOWN_WORD: Final = (
    "{count:detection is|detections are} called {word!r}, which is no known word for a class: {count:|it is|they are} {name} now. "
    "Say what that is in a file with lines such as {example},deer and run relabel_detections --labels FILE."
)
OTHER_DEER: Final = (
    "{count:detection is|detections are} called {word!r}, a deer of another kind than the ranch's own: {count:|it is|they are} {name} now. "
    "If {count:|it is|they are} to be identified, give --labels a file with the line {example},unknown_deer."
)
NO_DEER: Final = "{count:row has|rows have} a word where a deer's name should be, and {count:|is|are} imported without a deer: {words}."
NO_CAMERA: Final = "{count:row has|rows have} a word where a camera's name should be, and {count:|is|are} imported without a camera: {words}."
SPELLINGS: Final = "{others} and {name} are one {what}, which is called {name}."

KIND_CLASS: Final = "word for a class that is not known"
KIND_OTHER_DEER: Final = "deer of another kind"
KIND_NO_DEER: Final = "words that are no deer's name"
KIND_NO_CAMERA: Final = "words that are no camera's name"
KIND_SPELLINGS: Final = "spellings of one name"

MOST_WORDS: Final = 10_000
"""How many different words are counted one by one."""
_NAMED: Final = 20
"""How many words one sentence lists."""
_LONGEST_LABEL: Final = Detection._meta.get_field("source_label").max_length or 0
_LONGEST_DETECTOR: Final = Detection._meta.get_field("detector").max_length or 0


class Spellings:
    """The one spelling of each name in a source: the stored one, else the first that was read."""

    def __init__(self, stored: Callable[[Collection[str]], Mapping[str, str]]) -> None:
        self._stored = stored
        self._name_of: dict[str, str] = {}  # by key
        self._of: dict[str, str] = {}  # by spelling

    def learn(self, names: Iterable[str]) -> None:
        """Know these, in one query where there is a new one."""
        new = {name: name_key(name) for name in names if name not in self._of}
        if not new:
            return
        unknown = {key for key in new.values() if key not in self._name_of}
        if unknown:
            self._name_of |= self._stored(unknown)
        for name, key in new.items():
            self._of[name] = self._name_of.setdefault(key, clean_name(name))

    def of(self, name: str) -> str:
        return self._of[name] if name else ""

    def variants(self) -> dict[str, list[str]]:
        """The other spellings that were read of each name that had some; a blank more or less is none."""
        others = defaultdict(list)
        for spelling, name in self._of.items():
            if clean_name(spelling) != name:
                others[name].append(clean_name(spelling))
        return {name: sorted(set(spellings)) for name, spellings in others.items()}


class Words:
    """What an import has read in words until now; `understood` takes the rows of one batch after the other."""

    def __init__(self, vocabulary: Vocabulary, tally: ReportBuilder) -> None:
        self._vocabulary = vocabulary
        self._tally = tally
        self._meanings: dict[tuple[str, bool], Meaning] = {}
        self._counts: Counter[tuple[str, bool]] = Counter()
        self._no_names: dict[str, Counter[str]] = {"deer": Counter(), "camera": Counter()}
        self._is_no_name: dict[tuple[str, str], bool] = {}
        self._spellings = {"deer": Spellings(stored_deer), "camera": Spellings(stored_cameras)}

    def understood(self, rows: Iterable[Row]) -> list[Row]:
        """The rows with class, deer and camera as they are meant; what contradicts itself is tallied as refused."""
        named = [self._without_no_names(row) for row in rows]
        for what, spellings in self._spellings.items():
            spellings.learn(dict.fromkeys(name for row in named if (name := getattr(row, what))))
        return [row for item in named if (row := self._with_class(self._spelled(item))) is not None]

    def _without_no_names(self, row: Row) -> Row:
        for what, counts in self._no_names.items():
            name: str = getattr(row, what)
            if not name:
                continue
            if (what, name) not in self._is_no_name:
                judge = is_no_deer if what == "deer" else is_no_name
                self._is_no_name[what, name] = judge(name)
            if self._is_no_name[what, name]:
                counts[clean_name(name) if len(counts) < MOST_WORDS else "..."] += 1
                row = replace(row, deer="") if what == "deer" else replace(row, camera="")
        return row

    def _spelled(self, row: Row) -> Row:
        deer, camera = (self._spellings[what].of(getattr(row, what)) for what in ("deer", "camera"))
        label, detector = (
            one_line(row.label, _LONGEST_LABEL),
            one_line(row.detector, _LONGEST_DETECTOR),
        )
        if (deer, camera, label, detector) == (row.deer, row.camera, row.label, row.detector):
            return row
        return replace(row, deer=deer, camera=camera, label=label, detector=detector)

    def _with_class(self, row: Row) -> Row | None:
        classification = row.classification
        if row.label and row.area is not None:
            classification = self._meaning(row).classification
        if row.deer and classification is Classification.ANIMAL:
            classification = Classification.UNKNOWN_DEER  # a deer's name says that it is a deer
        if row.deer and classification not in DEER:
            text = NOT_A_DEER.format(name=classification.label, deer=row.deer)
            self._tally.refuse(Refusal(row.line, row.path, RefusalReason.ROW, text))
            return None
        if classification is row.classification:
            return row
        return replace(row, classification=classification)

    def _meaning(self, row: Row) -> Meaning:
        key = (row.label, bool(row.detector))
        meaning = self._meanings.get(key)
        if meaning is None:
            meaning = self._vocabulary.meaning(row.label, of_detector=bool(row.detector))
            if len(self._meanings) < MOST_WORDS:
                self._meanings[key] = meaning
        if key in self._meanings:
            self._counts[key] += 1
        return meaning

    def finish(self) -> None:
        """Note what was not understood, with counts; called once, at the end."""
        tally = self._tally
        for key, count in self._counts.most_common():
            word, meaning = key[0], self._meanings[key]
            name = meaning.classification.value
            tally.words.append(WordCount(word, name, count, meaning.is_known))
            text = OTHER_DEER if meaning.is_other_deer else UNKNOWN_WORD
            if meaning.is_other_deer or not meaning.is_known:
                kind = KIND_OTHER_DEER if meaning.is_other_deer else KIND_CLASS
                example = f'"{word}"' if "," in word else word
                tally.note(
                    Note(
                        kind,
                        text.format(count=Number(count), word=word, name=name, example=example),
                    )
                )
        for what, kind, text in (
            ("deer", KIND_NO_DEER, NO_DEER),
            ("camera", KIND_NO_CAMERA, NO_CAMERA),
        ):
            if counts := self._no_names[what]:
                listed = ", ".join(f"{word} ({n})" for word, n in counts.most_common(_NAMED))
                more = ", ..." if len(counts) > _NAMED else ""
                tally.note(
                    Note(kind, text.format(count=Number(counts.total()), words=listed + more))
                )
        for what, spellings in self._spellings.items():
            for name, others in spellings.variants().items():
                listed = ", ".join(map(repr, others[:_NAMED]))
                text = SPELLINGS.format(others=listed, name=repr(name), what=what)
                tally.note(Note(KIND_SPELLINGS, text))


def stored_cameras(keys: Collection[str]) -> dict[str, str]:
    """Names of the stored cameras by these keys; a merged one's is its survivor's."""
    return {key: camera.name for key, camera in Camera.by_keys(keys).items()}


def stored_deer(keys: Collection[str]) -> dict[str, str]:
    """Present names of the deer that have or had a name of these keys; a merged one's is its survivor's."""
    former = FormerName.objects.select_related("deer").filter(name_key__in=keys)
    deer_of = {row.name_key: row.deer for row in former}
    deer_of |= Deer.objects.in_bulk(list(keys), field_name="name_key")
    return {key: survivor(deer).name for key, deer in deer_of.items()}


def survivor(deer: Deer) -> Deer:
    """The profile that a merged one was merged into, in the end."""
    while deer.merged_into is not None:
        deer = deer.merged_into
    return deer
