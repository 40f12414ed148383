"""Files of an import: where they may lie, and how they come below the media root."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from reid.importing.reading import files as photographs
from reid.importing.reading.files import Library, LocatedFile, RowRefused
from reid.importing.rows import RefusalReason
from reid.tests import make

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, media_root: Path) -> Path:
    """A folder beside the media root, with one photograph in it and one outside."""
    folder = tmp_path / "cards"
    (folder / "oak").mkdir(parents=True)
    make.photograph("made.jpg")
    (media_root / "made.jpg").rename(folder / "oak" / "a.jpg")
    (tmp_path / "secret.jpg").write_bytes((folder / "oak" / "a.jpg").read_bytes())
    return folder


def library(root: Path, **options: Any) -> Library:
    return Library(root.resolve(), "autumn", **options)


def refused(root: Path, path: str) -> tuple[RefusalReason, str]:
    with pytest.raises(RowRefused) as problem:
        library(root).locate(path)
    return problem.value.reason, problem.value.text


@pytest.mark.parametrize("path", ["oak/a.jpg", "oak/../oak/./a.jpg", "oak\\a.jpg"])
def test_a_file_is_stored_by_where_it_is_not_by_how_it_is_spelled(root: Path, path: str) -> None:
    assert library(root).locate(path) == LocatedFile(
        root.resolve() / "oak/a.jpg", "autumn/oak/a.jpg"
    )


def test_an_absolute_path_inside_the_root_is_good(root: Path) -> None:
    assert library(root).locate(str(root / "oak/a.jpg")).stored == "autumn/oak/a.jpg"


@pytest.mark.parametrize("path", ["../secret.jpg", "oak/../../secret.jpg", "/etc/hostname"])
def test_a_path_that_climbs_out_is_refused(root: Path, path: str) -> None:
    assert refused(root, path) == (RefusalReason.PATH, photographs.CLIMBS_OUT.format(root="cards"))


def test_a_link_that_leads_out_is_refused_and_one_within_is_followed(root: Path) -> None:
    (root / "out.jpg").symlink_to(root.parent / "secret.jpg")
    (root / "in.jpg").symlink_to(root / "oak" / "a.jpg")
    assert refused(root, "out.jpg")[0] is RefusalReason.PATH
    assert library(root).locate("in.jpg").stored == "autumn/oak/a.jpg"


def test_what_is_no_file_is_missing(root: Path) -> None:
    (root / "ring.jpg").symlink_to(root / "ring.jpg")
    for path in ("oak/b.jpg", "oak", "ring.jpg", "oak/a.jpg/b", "x" * 300):
        assert refused(root, path) == (RefusalReason.MISSING, photographs.NO_FILE)


def test_a_name_that_cannot_be_stored_is_refused(root: Path) -> None:
    assert refused(root, "a\0.jpg") == (RefusalReason.PATH, photographs.BAD_NAME)
    long = "/".join(["d" * 100] * 6)
    (root / long).mkdir(parents=True)
    (root / long / "a.jpg").touch()
    expected = (RefusalReason.PATH, photographs.LONG_NAME.format(longest=512))
    assert refused(root, f"{long}/a.jpg") == expected


def test_a_file_below_the_media_root_is_used_in_place(media_root: Path) -> None:
    make.photograph("north/a.jpg")
    inside = Library(media_root.resolve(), "media")
    photograph = inside.look_into(inside.locate("north/a.jpg"))
    assert photograph.located.stored == "north/a.jpg"
    inside.bring_in(photograph)
    assert [file.name for file in media_root.rglob("*.jpg")] == ["a.jpg"]


def test_our_own_crops_are_no_photographs(media_root: Path) -> None:
    make.photograph("crops/00/x.jpg")
    assert refused(media_root, "crops/00/x.jpg") == (RefusalReason.PATH, photographs.OWN_CROP)


def brought_in(root: Path, **options: bool) -> None:
    files = library(root, **options)
    files.bring_in(files.look_into(files.locate("oak/a.jpg")))


def test_a_copy_is_whole_and_nothing_else_is_left(root: Path, media_root: Path) -> None:
    brought_in(root)
    assert [file for file in media_root.rglob("*") if file.is_file()] == [
        media_root / "autumn/oak/a.jpg"
    ]
    assert (media_root / "autumn/oak/a.jpg").read_bytes() == (root / "oak/a.jpg").read_bytes()


def test_a_link_shares_the_file(root: Path, media_root: Path) -> None:
    brought_in(root, link=True)
    assert (media_root / "autumn/oak/a.jpg").samefile(root / "oak/a.jpg")


def test_a_dry_run_copies_nothing(root: Path, media_root: Path) -> None:
    brought_in(root, dry_run=True)
    assert list(media_root.iterdir()) == []


def test_the_same_file_again_is_left_alone_and_another_of_its_name_refused(
    root: Path, media_root: Path
) -> None:
    brought_in(root)
    before = (media_root / "autumn/oak/a.jpg").stat().st_mtime_ns
    brought_in(root)
    assert (media_root / "autumn/oak/a.jpg").stat().st_mtime_ns == before
    (media_root / "autumn/oak/a.jpg").write_bytes(b"another")
    with pytest.raises(RowRefused) as problem:
        brought_in(root)
    assert problem.value.reason is RefusalReason.CONFLICT
    assert problem.value.text == photographs.NAME_TAKEN.format(path="autumn/oak/a.jpg")
    assert (media_root / "autumn/oak/a.jpg").read_bytes() == b"another"


@pytest.mark.parametrize("link", [False, True])
def test_a_copy_that_fails_leaves_nothing_under_any_name(
    root: Path, media_root: Path, monkeypatch: pytest.MonkeyPatch, link: bool
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link" if link else "fsync", full)
    with pytest.raises(RowRefused, match="No space left on device"):
        brought_in(root, link=link)
    assert [file for file in media_root.rglob("*") if file.is_file()] == []


def test_a_file_that_is_no_picture_is_refused_with_the_reason(root: Path, settings) -> None:
    (root / "empty.jpg").touch()
    files = library(root)
    with pytest.raises(RowRefused) as problem:
        files.look_into(files.locate("empty.jpg"))
    assert problem.value.reason is RefusalReason.UNREADABLE
    settings.IMAGE_MAX_PIXELS = 320 * 240 - 1
    with pytest.raises(RowRefused) as problem:
        files.look_into(files.locate("oak/a.jpg"))
    assert problem.value.reason is RefusalReason.TOO_LARGE


def test_a_file_that_went_away_is_refused(root: Path) -> None:
    files = library(root)
    located = files.locate("oak/a.jpg")
    located.source.unlink()
    with pytest.raises(RowRefused, match="No such file"):
        files.look_into(located)
