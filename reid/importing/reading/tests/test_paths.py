"""Paths of sources: led to the one file that is meant, or refused with the nearest name."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from reid.importing.reading import paths
from reid.importing.reading.paths import PathFinder
from reid.importing.reading.refused import RowRefused
from reid.importing.rows import RefusalReason
from reid.wording import Number

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "photos"
    for name in ("CamA/IMG_0001.JPG", "CamB/IMG_0001.JPG", "single.jpg"):
        put(folder, name)
    return folder


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def meant(finder: PathFinder, path: str) -> str:
    return finder.find(path).path.relative_to(finder.root).as_posix()


def refused(finder: PathFinder, path: str) -> RowRefused:
    with pytest.raises(RowRefused) as problem:
        finder.find(path)
    return problem.value


@pytest.mark.parametrize(
    ("beginning", "separator"),
    [
        ("D:\\TrailCams\\2025\\", "\\"),
        ("d:/TrailCams/", "/"),
        ("\\\\nas\\cams\\", "\\"),
        ("/content/drive/My Drive/TrailCams/", "/"),
        ("TrailCams/", "/"),
        ("D:", "\\"),
    ],
)
def test_a_path_of_another_machine_is_its_longest_end_below_the_root(
    root: Path, beginning: str, separator: str
) -> None:
    finder = PathFinder(root)
    for camera in ("CamA", "CamB"):
        path = beginning + separator.join((camera, "IMG_0001.JPG"))
        if beginning == "D:":
            path = beginning + separator + separator.join((camera, "IMG_0001.JPG"))
        assert meant(finder, path) == f"{camera}/IMG_0001.JPG"
    (note,) = finder.notes()
    shown = (beginning + "/").replace("\\", "/") if beginning == "D:" else beginning
    assert note.text == paths.SHORTENED_TEXT.format(
        count=Number(2), beginning=shown.replace("\\", "/"), root="photos"
    )


def test_the_longest_end_wins(root: Path) -> None:
    put(root, "2025/CamA/IMG_0001.JPG")
    assert meant(PathFinder(root), "D:/x/2025/CamA/IMG_0001.JPG") == "2025/CamA/IMG_0001.JPG"


@pytest.mark.parametrize("path", ["D:\\single.jpg", "/home/me/single.jpg", "x/single.jpg"])
def test_a_bare_name_is_never_searched_for(root: Path, path: str) -> None:
    problem = refused(PathFinder(root), path)
    assert "single.jpg" in problem.text
    assert problem.reason in (RefusalReason.PATH, RefusalReason.MISSING)


def test_two_cards_are_not_led_to_one_folder(root: Path) -> None:
    finder = PathFinder(root)
    assert meant(finder, "D:/card1/CamA/IMG_0001.JPG") == "CamA/IMG_0001.JPG"
    problem = refused(finder, "D:/card2/CamA/IMG_0001.JPG")
    assert problem.reason is RefusalReason.CONFLICT
    assert "D:/card1/" in problem.text and "D:/card2/" in problem.text and "--map" in problem.text
    assert meant(finder, "d:/CARD1/CamA/IMG_0001.JPG") == "CamA/IMG_0001.JPG"


def test_an_exact_path_is_always_taken_and_the_other_named(root: Path) -> None:
    finder = PathFinder(root)
    finder.find("old/CamA/IMG_0001.JPG")
    finder.find("CamA/IMG_0001.JPG")
    assert [note.kind for note in finder.notes()] == [paths.SHORTENED, paths.MIXED]


def test_a_path_that_leads_out_is_not_opened_though_it_exists(root: Path) -> None:
    put(root.parent, "beside/CamC/IMG_0001.JPG")
    (root / "out").symlink_to(root.parent / "beside")
    for path in (
        str(root.parent / "beside/CamC/IMG_0001.JPG"),
        "../beside/CamC/IMG_0001.JPG",
        "out/CamC/IMG_0001.JPG",
        "CamA/../../photos/../beside/CamC/IMG_0001.JPG",
    ):
        assert refused(PathFinder(root), path).reason is RefusalReason.PATH


def test_dots_that_stay_below_the_root_are_followed(root: Path) -> None:
    assert meant(PathFinder(root), "CamB/../CamA/./IMG_0001.JPG") == "CamA/IMG_0001.JPG"


# --- --map ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beginning", "target", "path"),
    [
        ("D:\\Cards", "CamA", "D:\\Cards\\IMG_0001.JPG"),
        ("d:/cards/", "CamA/", "D:\\Cards\\IMG_0001.JPG"),
        ("/mnt/x", ".", "/mnt/x/CamA/IMG_0001.JPG"),
        ("North", "CamA", "North/IMG_0001.JPG"),
        ("", "CamA", "IMG_0001.JPG"),
    ],
)
def test_a_map_says_what_stands_for_a_beginning(
    root: Path, beginning: str, target: str, path: str
) -> None:
    finder = PathFinder(root, {beginning: target})
    assert meant(finder, path) == "CamA/IMG_0001.JPG"
    assert list(finder.notes()) == []


def test_the_longest_map_wins_and_whole_names_count(root: Path) -> None:
    finder = PathFinder(root, {"D:/x": "CamA", "D:/x/b": "CamB", "D:/xy": "nowhere"})
    assert meant(finder, "D:/x/IMG_0001.JPG") == "CamA/IMG_0001.JPG"
    assert meant(finder, "D:/x/b/IMG_0001.JPG") == "CamB/IMG_0001.JPG"
    (note,) = finder.notes()
    assert note.text == paths.MAP_UNUSED_TEXT.format(beginning="D:/xy")


def test_a_map_does_not_lead_out_of_the_root(root: Path) -> None:
    put(root.parent, "beside/IMG_0001.JPG")
    finder = PathFinder(root, {"D:": str(root.parent / "beside"), "E:": "../beside"})
    for drive in ("D:", "E:"):
        assert refused(finder, f"{drive}/IMG_0001.JPG").reason is RefusalReason.PATH


# --- spellings ------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_composed", [True, False])
def test_unicode_forms_and_case_are_one_where_one_file_fits(root: Path, is_composed: bool) -> None:
    on_disk = unicodedata.normalize("NFC" if is_composed else "NFD", "Peña/Mühle.JPG")
    put(root, on_disk)
    finder = PathFinder(root)
    for spelling in ("NFC", "NFD"):
        for name in ("Peña/Mühle.JPG", "peña/MÜHLE.jpg"):
            assert meant(finder, unicodedata.normalize(spelling, name)) == on_disk
        foreign = unicodedata.normalize(spelling, "D:\\cards\\PEÑA\\Mühle.jpg")
        assert meant(PathFinder(root), foreign) == on_disk
    (note,) = finder.notes()
    assert note.kind == paths.RESPELLED
    assert note.text.startswith("3 paths")


def test_the_exact_spelling_wins(root: Path) -> None:
    names = [unicodedata.normalize(form, "Peña/1.jpg") for form in ("NFC", "NFD")]
    put(root, *names, "a/X.JPG", "a/x.jpg")
    finder = PathFinder(root)
    for name in (*names, "a/X.JPG", "a/x.jpg"):
        assert meant(finder, name) == name
    assert list(finder.notes()) == []


def test_a_unicode_form_is_nearer_than_another_case(root: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Peña/1.jpg")
    put(root, decomposed, "PEÑA/1.jpg")
    assert meant(PathFinder(root), "Peña/1.jpg") == decomposed


def test_two_files_that_fit_are_named_and_none_is_taken(root: Path) -> None:
    put(root, "a/X.JPG", "a/x.jpg")
    problem = refused(PathFinder(root), "a/X.jpg")
    assert (problem.reason, problem.text) == (
        RefusalReason.CONFLICT,
        paths.AMBIGUOUS.format(first="a/X.JPG", second="a/x.jpg"),
    )


def test_percent_signs_are_never_decoded(root: Path) -> None:
    put(root, "a%20b/1.jpg", "c d/1.jpg")
    finder = PathFinder(root)
    assert meant(finder, "a%20b/1.jpg") == "a%20b/1.jpg"
    assert refused(finder, "c%20d/1.jpg").reason is RefusalReason.MISSING


def test_signs_of_other_languages_are_names_as_others(root: Path) -> None:
    names = ("North Gate #2 (old)/IMG 0001 100%.JPG", "[x]/{y}~?.jpg", "back\\slash.jpg")
    put(root, *names)
    finder = PathFinder(root)
    assert [meant(finder, name) for name in names] == list(names)


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("CamA/IMG_0002.JPG", "CamA/IMG_0001.JPG"),
        ("D:/x/CamB/IMG_001.JPG", "CamB/IMG_0001.JPG"),
        ("CamC/single.jpg", "single.jpg"),
        ("2025/camb2/IMG_0001.JPG", "CamB/IMG_0001.JPG"),
    ],
)
def test_the_nearest_name_is_given(root: Path, path: str, nearest: str) -> None:
    assert refused(PathFinder(root), path).text.endswith(f"the nearest name is {nearest}")


def test_no_name_is_given_where_none_is_near(root: Path) -> None:
    assert refused(PathFinder(root), "CamA/trees.png").text == paths.NO_FILE


def test_names_are_compared_for_the_first_missing_files_alone(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "MOST_HINTS", 1)
    finder = PathFinder(root)
    assert refused(finder, "CamA/IMG_0002.JPG").text != paths.NO_FILE
    assert refused(finder, "CamA/IMG_0002.JPG").text == paths.NO_FILE


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2003"])
def test_a_blank_of_another_kind_is_a_blank(root: Path, blank: str) -> None:
    put(root, f"North{blank}Gate/IMG_1.JPG")
    finder = PathFinder(root)
    assert meant(finder, "North Gate/IMG_1.JPG") == f"North{blank}Gate/IMG_1.JPG"
    assert meant(finder, f"North{blank}Gate/IMG_1.JPG") == f"North{blank}Gate/IMG_1.JPG"


def test_a_name_that_nobody_can_see_is_refused(root: Path) -> None:
    assert refused(PathFinder(root), "a\u200bb\x07.jpg").text == paths.BAD_NAME
