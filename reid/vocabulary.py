"""Vocabulary of classes: the words that sources use for an animal, and the class that each one names. Pure.

Sources write common and scientific names, a genus, a family or an order where the species was not certain,
and SpeciesNet's labels of seven parts. What no entry names is an animal: nothing that may be a deer is
passed over, and whoever asks is told that the word is not known.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from reid.taxonomy import ALIASES, DEER, PRIVATE, Classification

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_C = Classification

_OTHER_DEER_TEXT: Final = (
    "elk, wapiti, cervus canadensis, moose, alces, alces alces, alces americanus, caribou, reindeer, "
    "rangifer, rangifer tarandus, elch, rentier, alce"
)

SYNONYMS: Final[Mapping[Classification, str]] = {
    _C.BUCK: "buck, stag, male deer, deer male, antlered, antlered deer, bull elk, hirsch, rehbock, bock, "
    "venado macho, ciervo macho, spike, spike buck, button buck",
    _C.DOE: "doe, hind, female deer, deer female, antlerless, antlerless deer, cow elk, ricke, hirschkuh, "
    "venado hembra, cierva",
    _C.FAWN: "fawn, deer fawn, deer calf, juvenile deer, deer juvenile, young deer, kitz, rehkitz, hirschkalb, cervatillo",
    _C.UNKNOWN_DEER: "deer, wtd, unknown deer, unidentified deer, deer unknown, cervidae, cervid, cervinae, capreolinae, odocoileus, "
    "odocoileus virginianus, odocoileus hemionus, capreolus, capreolus capreolus, cervus, cervus elaphus, "
    "cervus nippon, dama, dama dama, axis, axis axis, muntiacus, mazama, blastocerus, ozotoceros, pudu, "
    "hydropotes, elaphurus, rusa, rucervus, whitetail, white tail, whitetailed deer, whitetail deer, "
    "white tailed deer, mule deer, black tailed deer, blacktail, roe deer, red deer, fallow deer, sika, "
    "sika deer, axis deer, chital, muntjac, brocket, reh, rehwild, rotwild, rothirsch, damwild, damhirsch, "
    "venado, venado cola blanca, ciervo, corzo, gamo, chevreuil, cerf, cerf de virginie, daim",
    _C.ANIMAL: "animal, mammal, mammalia, even toed ungulate, even toed ungulates, artiodactyla, artiodactyl, "
    "cetartiodactyla, ungulate, hoofed mammal, ruminant, ruminantia, herbivore, unknown animal, unknown species, "
    "unidentified animal, animalia, chordata, chordate, vertebrate, blank, empty, none, no cv result, "
    "no animal, unidentifiable, unidentified, unclassified, tier, saugetier, mamifero",
    _C.CATTLE: "cattle, cow, bull, calf, heifer, steer, livestock, domestic cattle, domestic cow, bos, "
    "bos taurus, bos indicus, rind, kuh, vaca, ganado",
    _C.COYOTE: "coyote, canis latrans",
    _C.PIG: "pig, hog, swine, boar, feral hog, feral pig, feral swine, wild hog, wild pig, wild boar, sus, "
    "sus scrofa, suidae, wildschwein, schwarzwild, jabali, cerdo, sanglier",
    _C.RACCOON: "raccoon, racoon, northern raccoon, common raccoon, coon, procyon, procyon lotor, waschbar, mapache",
    _C.TURKEY: "turkey, wild turkey, meleagris, meleagris gallopavo, gobbler, tom turkey, truthahn, guajolote, pavo",
    _C.PERSON: "person, human, people, man, woman, homo, homo sapiens, hominidae, hunter, hiker, human camera trapper, "
    "mensch, persona, humano, humain",
    _C.VEHICLE: "vehicle, car, truck, pickup, utv, atv, quad, tractor, motorcycle, bicycle, bike, bus, fahrzeug, "
    "auto, vehiculo, vehicule",
    _C.OTHER: "other, other animal, bird, aves, reptilia, reptile, amphibia, amphibian, insecta, insect, "
    "carnivora, carnivore, carnivorous mammal, rodentia, rodent, lagomorpha, lagomorph, chiroptera, bat, primates, "
    "marsupial, didelphimorphia, testudines, squamata, cingulata, perissodactyla, "
    "canidae, canine, canis, canis lupus, canis familiaris, canis lupus familiaris, dog, domestic dog, wolf, "
    "fox, red fox, gray fox, grey fox, vulpes, vulpes vulpes, urocyon, urocyon cinereoargenteus, "
    "felidae, felid, cat, domestic cat, house cat, felis catus, bobcat, lynx, lynx rufus, cougar, puma, "
    "puma concolor, mountain lion, jaguar, ocelot, leopardus, panthera, "
    "ursidae, bear, black bear, american black bear, brown bear, ursus, ursus americanus, "
    "mustelidae, badger, otter, mink, weasel, marten, fisher, wolverine, skunk, striped skunk, mephitis, mephitidae, "
    "procyonidae, coati, ringtail, opossum, virginia opossum, possum, didelphis, didelphis virginiana, armadillo, "
    "nine banded armadillo, dasypus, rabbit, cottontail, hare, jackrabbit, sylvilagus, lepus, leporidae, "
    "squirrel, sciuridae, sciurus, chipmunk, mouse, rat, deer mouse, beaver, porcupine, groundhog, woodchuck, "
    "horse, equus, equidae, donkey, mule, goat, domestic goat, capra, sheep, domestic sheep, ovis, bighorn sheep, "
    "llama, alpaca, pronghorn, antilocapra, antilocapra americana, antilocapridae, peccary, javelina, collared peccary, "
    "tayassuidae, pecari, bison, american bison, bovidae, nilgai, aoudad, blackbuck, antelope, "
    "crow, raven, owl, hawk, eagle, vulture, dove, duck, goose, heron, roadrunner, quail, bobwhite, chicken, "
    "jay, cardinal, songbird, anatidae, corvidae, galliformes, passeriformes, snake, lizard, turtle, frog, "
    "fuchs, dachs, hase, kaninchen, hund, katze, vogel, pferd, ziege, schaf, zorro, perro, gato, caballo, ave, "
    "conejo, renard, chien, chat, oiseau, " + _OTHER_DEER_TEXT,
}
"""Words by class, folded as `fold_word` does. What is known under many names stands here once for all formats."""

OTHER_DEER: Final = frozenset(_OTHER_DEER_TEXT.split(", "))
"""Deer that are told from the ranch's own at first sight: `other`, and whoever imports them is told so."""

_UNSURE: Final = frozenset({"unknown"})
"""A detector's word for what it could not tell; a person's table means a deer by it."""

_RANKS: Final = frozenset(
    [
        "kingdom",
        "phylum",
        "class",
        "order",
        "suborder",
        "family",
        "subfamily",
        "tribe",
        "genus",
        "species",
        "subspecies",
        "sp",
        "spp",
    ]
)
_AGES: Final = frozenset(
    {"adult", "juvenile", "immature", "subadult", "yearling", "mature", "young"}
)
_SEXES: Final = {"male": _C.BUCK, "female": _C.DOE}
"""What says which deer it is, and nothing of other animals."""

_BETWEEN_ANIMALS: Final = re.compile(r"[,;/&+|]|\b(?:and|or|with|und|oder|y|et)\b")
_LABEL_PARTS: Final = 7
_NOT_A_LETTER: Final = re.compile(r"[^\w]+|_+")


def fold_word(word: str) -> str:
    """A word for a class in the form in which words are compared: no case, accents, underscores or hyphens.

    Examples
    --------
    >>> fold_word(" White-tailed_Deer ")
    'white tailed deer'
    >>> fold_word("Jabal\\u00ed")
    'jabali'
    """
    letters = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_NOT_A_LETTER.sub(" ", plain.replace("'s", "s")).split())


def _built_in() -> dict[str, Classification]:
    words = {
        word: classification
        for classification, text in SYNONYMS.items()
        for word in text.split(", ")
    }
    own_names = {fold_word(item.value): item for item in Classification}
    return words | {fold_word(word): item for word, item in ALIASES.items()} | own_names


BUILT_IN: Final[Mapping[str, Classification]] = _built_in()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word was taken for."""

    classification: Classification
    is_known: bool
    """False where no entry names it: it is an animal until somebody says more."""
    is_other_deer: bool = False
    """A deer of a kind that is told from the ranch's own, and counted as other."""


@dataclass(frozen=True)
class Vocabulary:
    """The built-in words and, before them, the ranch's own (folded word -> class)."""

    own: Mapping[str, Classification] = field(default_factory=dict)

    def meaning(self, word: str, *, of_detector: bool = False) -> Meaning:
        """The class that a source's word names.

        SpeciesNet's labels (`uuid;class;order;family;genus;species;common`) are read from their most exact part
        upwards. `of_detector`: a program's "unknown" is an animal; in a table that a person wrote it is a deer.
        """
        if word.count(";") == _LABEL_PARTS - 1:
            return self._of_label(word)
        folded = fold_word(word)
        if folded not in self.own:
            if folded in _UNSURE and of_detector:
                return Meaning(_C.ANIMAL, is_known=True)
            if (several := self._of_several(word)) is not None:
                return several
        return self._of_first([folded], of_parts=True)

    def _of_several(self, word: str) -> Meaning | None:
        """Of a word for a deer and another animal ("deer, turkey"): an animal; for a person too: a person. To be told."""
        parts = [fold_word(part) for part in _BETWEEN_ANIMALS.split(word.casefold())]
        if len(parts) < 2:
            return None
        meanings = [self._of_first([part], of_parts=True) for part in parts if part]
        classes = {item.classification for item in meanings if item.is_known}
        if _C.PERSON in classes:  # who may be a person is never exported as an animal
            return Meaning(_C.PERSON, is_known=classes <= PRIVATE)
        others = classes - DEER - {_C.ANIMAL}
        return Meaning(_C.ANIMAL, is_known=False) if classes & DEER and others else None

    def _of_label(self, label: str) -> Meaning:
        *_, kind, order, family, genus, species, common = (
            fold_word(part) for part in label.split(";")
        )
        if (own := self.own.get(fold_word(label))) is not None:
            return Meaning(own, is_known=True)
        names = [common, f"{genus} {species}" if species else "", genus, family, order, kind]
        return self._of_first([name for name in names if name] or ["animal"], of_parts=False)

    def _of_first(self, names: list[str], *, of_parts: bool) -> Meaning:
        """The meaning of the first of the names that has one."""
        for name in names:
            for form in _forms(name):
                classification = self.own.get(form) or BUILT_IN.get(form)
                if classification is not None:
                    is_other_deer = form in OTHER_DEER and form not in self.own
                    return Meaning(classification, is_known=True, is_other_deer=is_other_deer)
            if of_parts and (meaning := self._of_parts(name.split())) is not None:
                return meaning
            if name.count(" ") == 2 and (species := BUILT_IN.get(name.rpartition(" ")[0])):
                return Meaning(species, is_known=True)  # a subspecies
        return Meaning(_C.ANIMAL, is_known=False)

    def _of_parts(self, words: list[str]) -> Meaning | None:
        """By single words: a deer wherever one is named, its sex where it is; else what the last word names."""
        if len(words) > 1:
            words = [word for word in words if word not in _UNSURE]
        classes = [self._of_word(word) for word in words if word not in _AGES]
        last = classes[-1] if classes else None
        deer = {item for item in classes if item in DEER}
        if not OTHER_DEER.isdisjoint(words):
            return Meaning(_C.OTHER, is_known=True, is_other_deer=True)
        if deer and (last is None or last in DEER or last in (_C.ANIMAL, _C.CATTLE)):
            exact = deer - {_C.UNKNOWN_DEER} or {_SEXES[word] for word in words if word in _SEXES}
            return Meaning(exact.pop() if len(exact) == 1 else _C.UNKNOWN_DEER, is_known=True)
        return Meaning(last, is_known=True) if last else None

    def _of_word(self, word: str) -> Classification | None:
        named = (self.own.get(form) or BUILT_IN.get(form) for form in _forms(word))
        return next((item for item in named if item is not None), None)


@lru_cache(maxsize=4096)
def _forms(name: str) -> tuple[str, ...]:
    """Spellings under which a name may stand in the table, the name itself first."""
    return tuple(dict.fromkeys(_spellings(name)))


def _spellings(name: str) -> Iterator[str]:
    words = [word for word in name.split() if word not in _RANKS]
    yield name
    whole = " ".join(words)
    yield whole
    for ending, instead in (
        ("ies", "y"),
        ("es", ""),
        ("s", ""),
        ("calves", "calf"),
        ("wolves", "wolf"),
    ):
        if whole.endswith(ending) and len(whole) > len(ending) + 2:
            yield whole.removesuffix(ending) + instead
    if whole.endswith("mice"):
        yield whole.removesuffix("mice") + "mouse"
