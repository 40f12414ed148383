"""Files of an import: where they may lie, and how they come below the media root."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from reid.db.disk import DiskRefuses
from reid.imaging import decoding
from reid.importing.reading import files as photographs
from reid.importing.reading import paths
from reid.importing.reading.files import Library
from reid.importing.reading.placing import names_for
from reid.importing.reading.readings import LocatedFile
from reid.importing.reading.refused import RowRefused
from reid.importing.rows import RefusalReason
from reid.storage.photo_store import photo_store
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


@pytest.mark.parametrize(
    "path",
    ["oak/a.jpg", "oak/../oak/./a.jpg", "oak\\a.jpg", "oak//a.jpg", "oak/a.jpg/", "oak/a.jpg/."],
)
def test_a_file_is_stored_by_where_it_is_not_by_how_it_is_spelled(root: Path, path: str) -> None:
    assert library(root).locate(path) == LocatedFile(
        root.resolve() / "oak/a.jpg", "autumn/oak/a.jpg"
    )


def test_an_absolute_path_inside_the_root_is_good(root: Path) -> None:
    assert library(root).locate(str(root / "oak/a.jpg")).stored == "autumn/oak/a.jpg"


@pytest.mark.parametrize("path", ["../secret.jpg", "oak/../../secret.jpg", "/etc/hostname"])
def test_a_path_that_climbs_out_is_refused(root: Path, path: str) -> None:
    assert refused(root, path) == (RefusalReason.PATH, paths.CLIMBS_OUT.format(root="cards"))


def test_a_link_that_leads_out_is_refused_and_one_within_is_followed(root: Path) -> None:
    (root / "out.jpg").symlink_to(root.parent / "secret.jpg")
    (root / "in.jpg").symlink_to(root / "oak" / "a.jpg")
    assert refused(root, "out.jpg")[0] is RefusalReason.PATH
    assert library(root).locate("in.jpg").stored == "autumn/oak/a.jpg"


def test_what_is_no_file_is_missing(root: Path) -> None:
    (root / "ring.jpg").symlink_to(root / "ring.jpg")
    for path in ("oak/z.png", "oak", "ring.jpg", "oak/a.jpg/b", "x" * 300):
        assert refused(root, path) == (RefusalReason.MISSING, paths.NO_FILE)


def test_a_name_that_cannot_be_stored_is_refused(root: Path) -> None:
    assert refused(root, "a\0.jpg") == (RefusalReason.PATH, paths.BAD_NAME)
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
    assert inside.bring_in(photograph, {}) == "north/a.jpg"
    assert [file.name for file in media_root.rglob("*.jpg")] == ["a.jpg"]


def test_our_own_crops_are_no_photographs(media_root: Path) -> None:
    make.photograph("crops/00/x.jpg")
    assert refused(media_root, "crops/00/x.jpg") == (RefusalReason.PATH, photographs.OWN_CROP)


def brought_in(root: Path, stored: dict[str, str] | None = None, **options: bool) -> str:
    """The name under which it is stored; `stored`: checksums of other photographs by name."""
    files = library(root, **options)
    return files.bring_in(files.look_into(files.locate("oak/a.jpg")), stored or {})


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


def test_the_same_file_again_is_left_alone_and_another_of_its_name_lies_beside(
    root: Path, media_root: Path
) -> None:
    assert brought_in(root) == "autumn/oak/a.jpg"
    before = (media_root / "autumn/oak/a.jpg").stat().st_mtime_ns
    assert brought_in(root) == "autumn/oak/a.jpg"
    assert (media_root / "autumn/oak/a.jpg").stat().st_mtime_ns == before
    (media_root / "autumn/oak/a.jpg").write_bytes(b"another")
    digest = hashlib.sha256((root / "oak/a.jpg").read_bytes()).hexdigest()
    assert brought_in(root) == f"autumn/oak/a-{digest[:12]}.jpg"
    assert brought_in(root) == f"autumn/oak/a-{digest[:12]}.jpg"
    assert (media_root / "autumn/oak/a.jpg").read_bytes() == b"another"
    assert len(list((media_root / "autumn/oak").iterdir())) == 2


def test_a_name_that_is_another_photographs_in_the_store_is_left_to_it(root: Path) -> None:
    digest = hashlib.sha256((root / "oak/a.jpg").read_bytes()).hexdigest()
    short = f"autumn/oak/a-{digest[:12]}.jpg"
    other = {"autumn/oak/a.jpg": "0" * 64}
    for dry_run in (True, False):
        assert brought_in(root, other, dry_run=dry_run) == short
    assert brought_in(root, other | {short: "0" * 64}) == f"autumn/oak/a-{digest}.jpg"


@pytest.mark.parametrize("links_work", [True, False])
def test_two_imports_that_place_one_name_at_once_overwrite_nothing(
    root: Path, media_root: Path, monkeypatch: pytest.MonkeyPatch, links_work: bool
) -> None:
    """The other one takes the name between the look at it and the placing."""
    target = media_root / "autumn/oak/a.jpg"
    real_link = os.link

    def link(source: Path, name: Path) -> None:
        if name == target:
            target.write_bytes(b"the other card's")
        if not links_work:
            raise PermissionError(1, "Operation not permitted")
        real_link(source, name)

    monkeypatch.setattr(os, "link", link)
    stored = brought_in(root)
    assert stored != "autumn/oak/a.jpg"
    assert target.read_bytes() == b"the other card's"
    assert (media_root / stored).read_bytes() == (root / "oak/a.jpg").read_bytes()
    assert len(list((media_root / "autumn/oak").iterdir())) == 2


def test_long_names_leave_room_for_what_tells_them_apart() -> None:
    names = names_for("d/" + "x" * 500 + ".jpeg", "f" * 64)
    assert {len(name) for name in names[1:]} == {512}
    assert all(name.endswith("f.jpeg") for name in names[1:])


def test_what_changes_while_it_is_read_is_not_taken(root: Path, media_root: Path) -> None:
    files = library(root)
    located = files.locate("oak/a.jpg")
    photograph = files.look_into(located)
    os.utime(root / "oak/a.jpg", ns=(1, 1))
    for take in (lambda: files.look_into(located), lambda: files.bring_in(photograph, {})):
        with pytest.raises(RowRefused) as problem:
            take()
        assert problem.value.text == photographs.CHANGED
    assert [file for file in media_root.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize(
    ("name", "reason", "text"),
    [
        ("empty.jpg", RefusalReason.UNREADABLE, decoding.EMPTY),
        ("zeros.jpg", RefusalReason.UNREADABLE, decoding.ONLY_ZEROS),
        ("text.jpg", RefusalReason.UNREADABLE, decoding.NO_PICTURE),
        ("photo.GIF", RefusalReason.UNREADABLE, "export it as JPEG"),
        ("raw.dng", RefusalReason.UNREADABLE, "export it as JPEG"),
        ("phone.heic", RefusalReason.UNREADABLE, "export it as JPEG"),
    ],
)
def test_what_cannot_be_read_is_refused_in_plain_words(
    root: Path, name: str, reason: RefusalReason, text: str
) -> None:
    content = {"empty.jpg": b"", "zeros.jpg": bytes(5000)}.get(name, b"no picture at all")
    (root / name).write_bytes(content)
    files = library(root)
    ((_, problem),) = files.look_into_all([files.locate(name)])
    assert isinstance(problem, RowRefused)
    assert problem.reason is reason
    assert text in problem.text
    assert "<" not in problem.text and str(root.parent) not in problem.text
    is_counted = not name.endswith(".jpg")
    assert [f"{name.split('.')[1].lower()} 1" in note.text for note in files.notes()] == (
        [True] if is_counted else []
    )


@pytest.mark.parametrize("link", [False, True])
def test_a_copy_that_fails_leaves_nothing_under_any_name(
    root: Path, media_root: Path, monkeypatch: pytest.MonkeyPatch, link: bool
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link" if link else "fsync", full)
    with pytest.raises(DiskRefuses, match="No space left on device"):
        brought_in(root, link=link)
    assert [file for file in media_root.rglob("*") if file.is_file()] == []


def test_a_store_that_may_not_be_written_to_refuses_all_and_a_file_that_may_not_be_read_itself(
    root: Path, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(name: str, source: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(refused_path))

    monkeypatch.setattr(photo_store, "place", closed)
    refused_path = media_root / "oak"
    with pytest.raises(DiskRefuses, match="may not write its folder of photographs"):
        brought_in(root)
    refused_path = root / "oak" / "a.jpg"
    with pytest.raises(RowRefused, match="Permission denied"):
        brought_in(root)


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
