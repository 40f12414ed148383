"""Sample herd: its plan, its pictures, its tables."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from PIL import ExifTags, Image, ImageChops, ImageOps

from reid.imaging.crops import Box
from reid.taxonomy import DEER, Classification, Sex
from thumper.herd import album, animals, landscape, scenes
from thumper.herd.album import SEED, HerdConflict, draw, render
from thumper.herd.coats import look
from thumper.herd.landscape import SIZE
from thumper.herd.season import MOST_DEER, herd, plan
from thumper.herd.tables import DEPLOYMENTS, write_tables

if TYPE_CHECKING:
    from thumper.herd.season import SampleFrame

LAST_DAY = date(2025, 11, 30)
ZONE = "America/Chicago"


def season(deer: int = 3, days: int = 5, last_day: date = LAST_DAY):
    return plan(SEED, deer, days, last_day, ZoneInfo(ZONE))


def tiny_herd(directory, **changed):
    options: dict[str, Any] = {"deer": 3, "days": 5, "last_day": LAST_DAY, "zone": ZONE}
    return draw(directory, **options | changed)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return tiny_herd(tmp_path_factory.mktemp("herd"))


def test_the_same_seed_makes_the_same_picture():
    frame = season()[0]
    first, boxes = render(frame, SEED)
    again, same_boxes = render(season()[0], SEED)
    assert first.tobytes() == again.tobytes()
    assert boxes == same_boxes
    assert render(frame, SEED + 1)[0].tobytes() != first.tobytes()


def test_pictures_do_not_depend_on_the_date():
    now, later = season()[3], season(last_day=date(2026, 3, 1))[3]
    assert now.captured_at != later.captured_at
    assert render(now, SEED)[0].tobytes() == render(later, SEED)[0].tobytes()


def test_a_herd_is_the_beginning_of_a_larger_one():
    assert herd(SEED, 5) == herd(SEED, MOST_DEER)[:5]
    assert len({member.name for member in herd(SEED)}) == MOST_DEER
    assert sum(member.is_known for member in herd(SEED)) == 16


@pytest.mark.parametrize("count", [0, MOST_DEER + 1])
def test_a_herd_without_names_is_refused(count):
    with pytest.raises(ValueError, match="1 to 24"):
        herd(SEED, count)


def test_no_two_deer_look_alike_and_no_flank_shows_the_other():
    pictures = {animals.deer(member.look, "right", "walk").tobytes() for member in herd(SEED)}
    assert len(pictures) == MOST_DEER
    buck = look(Sex.BUCK, 0, SEED)
    mirrored = ImageOps.mirror(animals.deer(buck, "left", "walk"))
    assert mirrored.tobytes() != animals.deer(buck, "right", "walk").tobytes()


@pytest.mark.parametrize(
    "kind", [Classification.RACCOON, Classification.CATTLE, Classification.PERSON]
)
def test_strangers_are_drawn_facing_either_way(kind):
    right, left = animals.other(kind, "right"), animals.other(kind, "left")
    assert right.getbbox() is not None
    assert ImageOps.mirror(left).tobytes() == right.tobytes()


def test_what_cannot_be_drawn_is_an_error():
    with pytest.raises(KeyError):
        animals.other(Classification.VEHICLE, "right")


def test_only_bucks_carry_antlers():
    assert {member.look.sex for member in herd(SEED) if member.look.antlers} == {Sex.BUCK}


def test_boxes_lie_on_the_drawn_animals(monkeypatch):
    blank = (255, 0, 255)
    monkeypatch.setattr(scenes, "background", lambda site, light: Image.new("RGB", SIZE, blank))
    monkeypatch.setattr(landscape, "tufts", lambda *args: None)
    monkeypatch.setattr(scenes, "lit", lambda image, light, chance: image)
    monkeypatch.setattr(scenes, "caption", lambda image, text: None)
    checked = 0
    for frame in season(deer=8):
        for animal in frame.animals:
            alone = replace(frame, animals=(animal,), light="night")  # no shadow
            image, (box,) = render(alone, SEED)
            changed = ImageChops.difference(image, Image.new("RGB", SIZE, blank)).getbbox()
            assert changed is not None
            corners = (box.x, box.y, box.x + box.width, box.y + box.height)
            assert all(abs(a - b) <= 3 for a, b in zip(changed, corners, strict=True))
            checked += 1
        if checked >= 12:
            return
    pytest.fail("the season has too few animals")


def test_encounters_of_a_camera_never_run_into_each_other():
    frames = season(deer=MOST_DEER, days=100)
    of_site: dict[str, list[SampleFrame]] = {}
    for frame in frames:
        of_site.setdefault(frame.site.name, []).append(frame)
    for taken in of_site.values():
        taken.sort(key=lambda frame: frame.captured_at)
        for one, other in itertools.pairwise(taken):
            gap = (other.captured_at - one.captured_at).total_seconds()
            same = one.path.rsplit("-", 1)[0] == other.path.rsplit("-", 1)[0]
            assert 3 <= gap <= 40 if same else gap > 900


def test_the_season_ends_on_its_last_day():
    days = {frame.captured_at.date() for frame in season(deer=MOST_DEER, days=100)}
    assert max(days) <= LAST_DAY
    assert (LAST_DAY - min(days)).days < 100


def test_the_season_has_what_a_store_must_cope_with():
    frames = season(deer=MOST_DEER, days=100)
    kinds = {animal.classification for frame in frames for animal in frame.animals}
    assert kinds >= DEER | {Classification.ANIMAL, Classification.RACCOON, Classification.CATTLE}
    assert Classification.PERSON in kinds
    assert {frame.light for frame in frames} == {"day", "dawn", "overcast", "night"}
    assert {len(frame.animals) for frame in frames} == {1, 2, 3}
    assert {frame.quirk for frame in frames} == {"", "turned", "distant"}
    deer = [animal for frame in frames for animal in frame.animals if animal.deer]
    assert {animal.flank for animal in deer} == {"left", "right"}
    named = {animal.sighting for animal in deer if animal.is_named}
    assert 0.25 < len(named) / len({animal.sighting for animal in deer}) < 0.5


def test_tables_agree_with_the_pictures(drawn):
    detections, truth = rows(drawn.detections), rows(drawn.truth)
    assert len({row["path"] for row in detections}) == drawn.frames
    for row, true in zip(detections, truth, strict=True):
        assert row["deer"] == (true["deer"] if true["named"] == "1" else "")
        with Image.open(drawn.directory / row["path"]) as stored:
            upright = ImageOps.exif_transpose(stored)
            assert upright.size == SIZE
            exif = stored.getexif().get_ifd(ExifTags.IFD.Exif)
        x, y, width, height = (int(row[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x < x + width <= SIZE[0]
        assert 0 <= y < y + height <= SIZE[1]
        taken = f"{exif[ExifTags.Base.DateTimeOriginal]} {exif[ExifTags.Base.OffsetTimeOriginal]}"
        assert datetime.strptime(taken, "%Y:%m:%d %H:%M:%S %z") == datetime.fromisoformat(
            row["captured_at"]
        ).astimezone(UTC)


def test_some_pictures_are_stored_turned(drawn):
    turned = set()
    for row in rows(drawn.detections):
        with Image.open(drawn.directory / row["path"]) as stored:
            if stored.size != SIZE:
                turned.add(row["path"])
    assert len(turned) == 2


def test_labels_of_sightings_give_nobody_away(drawn):
    names = {member.name.lower() for member in herd(SEED)}
    for row in rows(drawn.detections):
        assert not any(name in (row["sighting"] + row["path"]).lower() for name in names)


def test_a_repaired_camera_has_two_deployments(tmp_path):
    frames = season(deer=MOST_DEER, days=100)
    write_tables(tmp_path, frames, [(Box(0, 0, 1, 1),) * len(frame.animals) for frame in frames])
    deployments = rows(tmp_path / DEPLOYMENTS)
    assert [row["camera"] for row in deployments].count("Oak Ridge") == 2
    for frame in frames:
        day = frame.captured_at.date().isoformat()
        assert any(
            row["camera"] == frame.site.name and row["started_on"] <= day <= row["ended_on"]
            for row in deployments
        )


def test_drawing_again_draws_nothing(drawn):
    before = {path: path.stat().st_mtime_ns for path in drawn.directory.rglob("*")}
    again = tiny_herd(drawn.directory, last_day=date(2026, 1, 1))  # another day: the season stays
    assert (again.frames, again.drawn) == (drawn.frames, 0)
    assert before == {path: path.stat().st_mtime_ns for path in drawn.directory.rglob("*")}


def test_a_lost_picture_comes_back_as_it_was(drawn):
    lost = drawn.directory / rows(drawn.detections)[0]["path"]
    content = lost.read_bytes()
    lost.unlink()
    progress_calls = []
    again = tiny_herd(
        drawn.directory, progress=lambda done, total: progress_calls.append((done, total))
    )
    assert (again.drawn, progress_calls) == (1, [(1, 1)])
    assert lost.read_bytes() == content


def test_an_interrupted_drawing_is_finished(drawn, monkeypatch, tmp_path):
    real, calls = album.take, itertools.count()

    def broken(*args):
        if next(calls) == 3:
            raise OSError("disk full")
        return real(*args)

    monkeypatch.setattr(album, "take", broken)
    with pytest.raises(OSError, match="disk full"):
        tiny_herd(tmp_path / "herd")
    assert not (tmp_path / "herd" / "detections.csv").exists()
    monkeypatch.setattr(album, "take", real)
    again = tiny_herd(tmp_path / "herd", last_day=date(2026, 1, 1))
    assert again.detections.read_bytes() == drawn.detections.read_bytes()


def test_processes_draw_the_same_pictures(drawn, tmp_path):
    together = tiny_herd(tmp_path / "herd", processes=2)
    assert together.truth.read_bytes() == drawn.truth.read_bytes()
    for row in rows(drawn.detections)[:10]:
        ours, theirs = (item.directory / row["path"] for item in (drawn, together))
        assert ours.read_bytes() == theirs.read_bytes()


def test_another_herd_is_not_drawn_over(drawn):
    with pytest.raises(HerdConflict, match="another herd"):
        tiny_herd(drawn.directory, deer=4)
