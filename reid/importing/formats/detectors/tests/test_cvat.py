"""CVAT's annotations.xml, as docs.cvat.ai describes version 1.1 and its exports have it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from reid.importing.formats import registry
from reid.importing.formats.base import SourceOptions
from reid.importing.formats.detectors import cvat
from reid.importing.formats.detectors.tests.files import read, refusals, rows, skips
from reid.importing.formats.tests.meanings import classes_of
from reid.importing.rows import WHOLE_IMAGE, SourceProblem
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from pathlib import Path

    from reid.importing.rows import Item

META = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>4</id>
      <name>ranch</name>
      <size>2</size>
      <mode>annotation</mode>
      <labels><label><name>buck</name><type>any</type><attributes></attributes></label></labels>
    </task>
    <dumped>2025-10-05 09:42:45.712369+00:00</dumped>
  </meta>
"""
BOXED = """  <image id="0" name="CamA/IMG_0001.JPG" width="640" height="480">
    <box label="buck" source="manual" occluded="0" xtl="64.00" ytl="132.57" xbr="384.00" ybr="420.57" z_order="0">
      <attribute name="age">3</attribute>
    </box>
  </image>
"""
EMPTY = """  <image id="1" name="CamA/IMG_0002.JPG" width="640" height="480">
  </image>
"""


def items(tmp_path: Path, *images: str) -> list[Item]:
    return read(tmp_path, META + "".join(images) + "</annotations>\n", "cvat")


def image(*shapes: str) -> str:
    return f'<image id="1" name="a.jpg" width="100" height="200">{"".join(shapes)}</image>'


def test_an_export_is_read(tmp_path: Path) -> None:
    boxed, empty = rows(items(tmp_path, BOXED, EMPTY))
    assert (boxed.line, boxed.path) == (14, "CamA/IMG_0001.JPG")
    assert (classes_of(boxed), boxed.label, boxed.detector) == ([Classification.BUCK], "buck", "")
    assert boxed.area
    box = boxed.area.box((640, 480))
    assert (box.x, box.y, box.width, box.height) == (64, 133, 320, 288)
    assert (empty.path, empty.area, empty.looked) == ("CamA/IMG_0002.JPG", None, True)


def test_a_turned_box_becomes_the_upright_one_around_it(tmp_path: Path) -> None:
    shape = '<box label="doe" xtl="30" ytl="95" xbr="70" ybr="105" rotation="90.0"/>'
    (row,) = rows(items(tmp_path, image(shape)))
    assert row.area
    box = row.area.box((100, 200))
    assert (box.x, box.y, box.width, box.height) == (45, 80, 10, 40)


def test_an_outline_gives_its_box_and_other_shapes_are_skipped_by_name(tmp_path: Path) -> None:
    outline = '<polygon label="deer" points="10.5,20.0;30.5,25.0;20.0,60.0" z_order="0"/>'
    point = '<points label="deer" points="10,20"/>'
    found = items(tmp_path, image(outline, point))
    (row,) = rows(found)
    assert row.area and row.area.box((100, 200)).height == 40
    assert skips(found) == ["shape that is no box: points"]


def test_a_tag_is_the_whole_photographs(tmp_path: Path) -> None:
    tag = '<tag label="deer" source="manual"/>'
    (row,) = rows(items(tmp_path, image(tag)))
    assert (row.area, classes_of(row)) == (WHOLE_IMAGE, [Classification.UNKNOWN_DEER])
    box = '<box label="deer" xtl="1" ytl="1" xbr="9" ybr="9"/>'
    assert skips(items(tmp_path, image(tag, box))) == [cvat.TAG_BESIDE_BOXES]
    (row,) = rows(items(tmp_path, image('<tag label="No animal"/>')))
    assert (row.area, row.looked) == (None, True)


@pytest.mark.parametrize(
    "shape",
    ['<box xtl="1" ytl="1" xbr="9" ybr="9"/>', '<box label="deer" xtl="1" ytl="1" xbr="9"/>',
     '<box label="deer" xtl="1" ytl="x" xbr="9" ybr="9"/>', '<polygon label="deer" points=""/>',
     '<box label="deer" xtl="1" ytl="nan" xbr="9" ybr="9"/>'],
)  # fmt: skip
def test_a_broken_shape_does_not_lose_its_neighbour(tmp_path: Path, shape: str) -> None:
    found = items(tmp_path, image(shape, '<box label="doe" xtl="1" ytl="1" xbr="9" ybr="9"/>'))
    assert len(refusals(found)) == len(rows(found)) == 1


def test_an_image_without_a_name_is_refused(tmp_path: Path) -> None:
    assert refusals(items(tmp_path, '<image id="3"/>')) == [("", "the entry names no file")]


def problem(tmp_path: Path, text: str) -> str:
    with pytest.raises(SourceProblem) as raised:
        read(tmp_path, text, "cvat")
    return str(raised.value)


def test_a_file_that_is_cut_off_is_refused_before_its_first_row(tmp_path: Path) -> None:
    assert "line 19: this is not XML to its end" in problem(tmp_path, META + BOXED)


def test_a_video_is_refused_with_what_to_do(tmp_path: Path) -> None:
    track = '<track id="0" label="deer"><box frame="0" xtl="1" ytl="1" xbr="9" ybr="9"/></track>'
    assert problem(tmp_path, META + track + "</annotations>") == cvat.OF_VIDEO.format(
        source="annotations.xml"
    )


def test_entities_are_refused(tmp_path: Path) -> None:
    text = "<annotations>\n</annotations>"
    bomb = tmp_path / "bomb.xml"
    bomb.write_text('<!DOCTYPE a [<!ENTITY b "bbbbbbbb">]>' + text)
    with pytest.raises(SourceProblem, match="declares entities"):
        list(cvat.FORMAT.open(bomb, SourceOptions()).items())
    bomb.write_text("<other/>")
    with pytest.raises(SourceProblem, match="no CVAT export"):
        list(cvat.FORMAT.open(bomb, SourceOptions()).items())


def test_the_zip_file_of_an_export_is_read(tmp_path: Path) -> None:
    file = tmp_path / "task_4_annotations_cvat.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("annotations.xml", META + BOXED + EMPTY + "</annotations>")
        archive.writestr("images/CamA/IMG_0001.JPG", b"")
    recognised = registry.recognise(file)
    assert recognised.name == "cvat"
    assert len(rows(list(recognised.open(file, SourceOptions()).items()))) == 2


def test_a_damaged_zip_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "export.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("annotations.xml", META + BOXED * 50 + "</annotations>")
    data = bytearray(file.read_bytes())
    data[120:160] = b"\xff" * 40
    file.write_bytes(bytes(data))
    with pytest.raises(SourceProblem, match="damaged"):
        list(cvat.FORMAT.open(file, SourceOptions()).items())
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("other.xml", "")
    with pytest.raises(SourceProblem, match="damaged"):
        list(cvat.FORMAT.open(file, SourceOptions()).items())
