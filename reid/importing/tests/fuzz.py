"""Sources for fuzzing: small examples of what is imported, and what hypothesis makes of them.

A seed is a source of one or more files by name. It is spoiled as bytes, as a structure (JSON of another shape,
tables with cells too few or too many), or in its values; each format is given every seed, its own or not.
"""

from __future__ import annotations

import copy
import csv
import io
import json
import zipfile
from typing import Any, Final

from hypothesis import strategies as st

Files = dict[str, bytes]
"""Content by name; the first one is what the import is given, or their folder where there are several."""

PHOTOGRAPHS: Final = ("CamA/IMG_0001.JPG", "CamA/IMG_0002.JPG", "Old Gus/IMG_0003.JPG")

_BOX: Final = [0.1, 0.2, 0.5, 0.6]
_LABEL: Final = (
    "f1856211;mammalia;cetartiodactyla;cervidae;odocoileus;virginianus;white-tailed deer"
)

JSON_SEEDS: Final[dict[str, Any]] = {
    "megadetector.json": {
        "info": {"format_version": "1.5", "detector": "md_v5a.0.0.pt"},
        "detection_categories": {"1": "animal", "2": "person"},
        "classification_categories": {"1": "white-tailed deer", "2": "blank"},
        "images": [
            {
                "file": PHOTOGRAPHS[0],
                "detections": [
                    {"category": "1", "conf": 0.9, "bbox": _BOX, "classifications": [["1", 0.8]]}
                ],
            },
            {"file": PHOTOGRAPHS[1], "detections": []},
            {"file": PHOTOGRAPHS[2], "detections": None, "failure": "Failure image access"},
        ],
    },
    "predictions.json": {
        "predictions": [
            {
                "filepath": PHOTOGRAPHS[0],
                "classifications": {"classes": [_LABEL], "scores": [0.9]},
                "detections": [{"category": "1", "label": "animal", "conf": 0.9, "bbox": _BOX}],
                "prediction": _LABEL,
                "prediction_score": 0.9,
                "prediction_source": "classifier",
                "model_version": "4.0.1a",
            },
            {"filepath": PHOTOGRAPHS[1], "failures": ["CLASSIFIER"]},
        ]
    },
    "coco.json": {
        "info": {"version": "1.0", "description": "A season"},
        "images": [
            {
                "id": "a",
                "file_name": PHOTOGRAPHS[0],
                "width": 320,
                "height": 240,
                "location": "CamA",
                "datetime": "2025-10-01 06:00:00",
                "seq_id": "s",
                "frame_num": 1,
            },
            {"id": "b", "file_name": PHOTOGRAPHS[1], "width": 320, "height": 240},
        ],
        "categories": [{"id": 0, "name": "empty"}, {"id": 1, "name": "deer"}],
        "annotations": [
            {"id": 1, "image_id": "a", "category_id": 1, "bbox": [10, 20, 100, 90]},
            {"id": 2, "image_id": "b", "category_id": 0},
        ],
    },
    "label-studio.json": [
        {
            "id": 1,
            "data": {"image": f"/data/local-files/?d={PHOTOGRAPHS[0]}"},
            "annotations": [
                {
                    "result": [
                        {
                            "type": "rectanglelabels",
                            "original_width": 320,
                            "original_height": 240,
                            "value": {
                                "x": 10.0,
                                "y": 20.0,
                                "width": 50.0,
                                "height": 60.0,
                                "rotation": 0,
                                "rectanglelabels": ["deer"],
                            },
                        }
                    ]
                }
            ],
        }
    ],
    "label-studio-min.json": [
        {
            "image": f"/data/local-files/?d={PHOTOGRAPHS[0]}",
            "id": 1,
            "label": [
                {
                    **{"x": 10.0, "y": 20.0, "width": 50.0, "height": 60.0, "rotation": 0},
                    **{"original_width": 320, "original_height": 240},
                    "rectanglelabels": ["deer"],
                }
            ],
            **{"annotator": 1, "annotation_id": 1, "lead_time": 4.3},
        },
        {
            "image": f"/data/local-files/?d={PHOTOGRAPHS[1]}",
            "id": 2,
            "species": {"choices": ["Cattle", "Deer"]},
            "behaviour": "feeding",
            **{"annotator": 1, "annotation_id": 2, "lead_time": 4.3},
        },
    ],
    "datapackage.json": {
        "profile": "https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0.2/camtrap-dp-profile.json",
        "name": "a-season",
        "resources": [
            {"name": name, "path": f"{name}.csv", "schema": f"{name}-table-schema.json"}
            for name in ("deployments", "media", "observations")
        ],
    },
}

TABLE_SEEDS: Final[dict[str, list[dict[str, str]]]] = {
    "table.csv": [
        {
            **{"path": PHOTOGRAPHS[0], "captured_at": "2025-10-01 06:00:00", "camera": "CamA"},
            **{"x": "10", "y": "20", "width": "100", "height": "90"},
            **{"classification": "buck", "confidence": "0.9", "deer": "Old Gus"},
            **{"sighting": "1", "flank": "left"},
        },
        {"path": PHOTOGRAPHS[1], "camera": "CamA", "classification": "doe"},
    ],
    "timelapse.csv": [
        {
            **{"RootFolder": "photos", "File": "IMG_0001.JPG", "RelativePath": "CamA"},
            **{"DateTime": "2025-10-01 06:00:00", "DeleteFlag": "false", "Species": "deer"},
        }
    ],
    "images.csv": [
        {
            **{"project_id": "1", "deployment_id": "CamA", "image_id": "a"},
            **{"filename": "IMG_0001.JPG", "location": f"gs://x/{PHOTOGRAPHS[0]}"},
            **{"is_blank": "0", "class": "Mammalia", "order": "Cetartiodactyla"},
            **{"family": "Cervidae", "genus": "Odocoileus", "species": "virginianus"},
            **{"common_name": "White-tailed Deer", "timestamp": "2025-10-01 06:00:00"},
            **{"number_of_objects": "1", "individual_id": "Old Gus", "sex": "Male"},
        }
    ],
    "record_table.csv": [
        {
            **{"Station": "CamA", "Species": "deer", "DateTimeOriginal": "2025-10-01 06:00:00"},
            **{"Date": "2025-10-01", "Time": "06:00:00", "Directory": "CamA"},
            **{"FileName": "IMG_0001.JPG", "Individual": "Old Gus"},
        }
    ],
    "wildbook.csv": [
        {
            **{"Encounter.mediaAsset0": "IMG_0001.JPG", "MarkedIndividual.individualID": "Old Gus"},
            **{"Encounter.year": "2025", "Encounter.month": "10", "Encounter.day": "1"},
            **{"Encounter.locationID": "CamA", "Encounter.genus": "Odocoileus"},
        }
    ],
    "results_detections.csv": [
        {
            **{"relative_path": PHOTOGRAPHS[0], "label": "animal", "confidence": "0.9"},
            **{"bbox_left": "10", "bbox_top": "20", "bbox_right": "110", "bbox_bottom": "110"},
            **{"DateTimeOriginal": "01/10/25 06:00:00"},
        }
    ],
    "traptagger.csv": [
        {
            **{"image": PHOTOGRAPHS[0], "timestamp": "2025-10-01 06:00:00", "site": "CamA"},
            **{"left": "0.1", "right": "0.6", "top": "0.2", "bottom": "0.8", "score": "0.9"},
            **{"image_label_1": "[White-tailed deer]", "image_individual_1": "Old Gus"},
        }
    ],
    "deployments.csv": [
        {
            **{"deploymentID": "d", "locationID": "CamA", "cameraID": "CamA"},
            **{"latitude": "30.1", "longitude": "-98.2"},
            **{"deploymentStart": "2025-09-01T00:00:00-06:00"},
            **{"deploymentEnd": "2025-12-01T00:00:00-06:00"},
        }
    ],
    "media.csv": [
        {
            **{"mediaID": "m", "deploymentID": "d", "timestamp": "2025-10-01T06:00:00-06:00"},
            **{"filePath": PHOTOGRAPHS[0], "filePublic": "false", "fileMediatype": "image/jpeg"},
        }
    ],
    "observations.csv": [
        {
            **{"observationID": "o", "deploymentID": "d", "mediaID": "m", "eventID": "e"},
            **{"eventStart": "2025-10-01T06:00:00-06:00", "eventEnd": "2025-10-01T06:00:00-06:00"},
            **{"observationLevel": "media", "observationType": "animal", "count": "1"},
            **{"scientificName": "Odocoileus virginianus", "individualID": "Old Gus"},
            **{"sex": "male", "lifeStage": "adult", "classificationProbability": "0.9"},
            **{"bboxX": "0.1", "bboxY": "0.2", "bboxWidth": "0.5", "bboxHeight": "0.6"},
        }
    ],
    "cameras.csv": [
        {
            **{"camera": "CamA", "latitude": "30.1", "longitude": "-98.2"},
            **{"started_on": "2025-09-01", "ended_on": "2025-12-01"},
        }
    ],
    "stations.csv": [
        {
            **{"Station": "CamA", "utm_x": "526000", "utm_y": "607000"},
            **{"Setup_date": "2009-04-02", "Retrieval_date": "2009-05-14"},
            **{"Problem1_from": "2009-04-10", "Problem1_to": "2009-04-11"},
        }
    ],
}

XML_SEED: Final = f"""<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><image id="0" name="{PHOTOGRAPHS[0]}" width="320" height="240">
<box label="deer" source="manual" occluded="0" xtl="10.0" ytl="20.0" xbr="110.0" ybr="110.0" z_order="0"></box>
</image></annotations>
"""

NASTY_TEXTS: Final = (
    *(
        "",
        " ",
        "NA",
        "NaN",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "-1",
        "0",
        "1,5",
        "999999999999999999999",
    ),
    *("9" * 5000, "x" * 3000, "\x00", "a\x00b", "\x07", "\n", "\r", "\t", '"', "'", ";", "\ud800"),
    *(
        "\u202e",
        "\ufeff",
        "e\u0301",
        "\U0001f98c",
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\a\\b",
        "\\\\x\\y",
    ),
    *(
        "0000-00-00 00:00:00",
        "9999-12-31 23:59:59",
        "0001-01-01 00:00:00",
        "2025-02-30",
        "2025-13-01",
    ),
    *(
        "24:00:00",
        "2025-10-01T06:00:00+99:99",
        "2025-10-01 06:00:00",
        "31.12.2025",
        "1/2/2025",
        "=1+1",
    ),
    *(
        "animal",
        "buck",
        "deer",
        "no such animal",
        "CamA",
        "Old Gus",
        "left",
        "none",
        "true",
        "[1]",
        "{}",
    ),
)
DEEP: Final = 5_000
"""Brackets in brackets, more than any parser that calls itself can follow."""
NASTY_NUMBERS: Final = (
    *(0, 1, -1, 0.5, -0.9, 2, 1e308, -1e308, float("nan"), float("inf"), float("-inf")),
    *(10**30, -(10**30), 10**400, 2**63, 1e-320),
)

texts = st.sampled_from(NASTY_TEXTS) | st.text(max_size=20)
scalars = st.none() | st.booleans() | st.sampled_from(NASTY_NUMBERS) | texts
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            texts | st.sampled_from(["images", "file", "detections", "bbox", "conf", "id"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
"""Any JSON value."""


def _nodes(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each node of a tree."""
    ways = [path]
    if isinstance(value, (dict, list)):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            ways += _nodes(value[key], (*path, key))
    return ways


@st.composite
def trees(draw: st.DrawFn) -> Files:
    """A JSON seed with some of its nodes replaced, taken out, doubled or moved one level down."""
    name = draw(st.sampled_from(sorted(JSON_SEEDS)))
    root = [copy.deepcopy(JSON_SEEDS[name])]
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(_nodes(root)[1:]))
        parent: Any = root
        for key in way:
            parent = parent[key]
        match draw(st.sampled_from(["value", "scalar", "drop", "double", "wrap"])):
            case "value":
                parent[last] = draw(anything)
            case "scalar":
                parent[last] = draw(scalars)
            case "drop" if way:
                del parent[last]
            case "double" if isinstance(parent, list) and way:
                parent.append(copy.deepcopy(parent[last]))
            case _:
                parent[last] = [parent[last]]
    # As programs write them that do not know better: NaN, Infinity and lone surrogates are in the text.
    return {name: json.dumps(root[0], ensure_ascii=draw(st.booleans())).encode(errors="replace")}


@st.composite
def tables(draw: st.DrawFn) -> Files:
    """A table with other cells, cells too few or too many, or columns twice, as any program may save it."""
    name = draw(st.sampled_from(sorted(TABLE_SEEDS)))
    rows = TABLE_SEEDS[name]
    columns = list(rows[0])
    cells = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    for _ in range(draw(st.integers(0, 3))):
        line = draw(st.integers(0, len(cells) - 1))
        match draw(st.sampled_from(["cell", "cell", "cell", "shorter", "longer", "twice", "none"])):
            case "cell" if cells[line]:
                cells[line][draw(st.integers(0, len(cells[line]) - 1))] = draw(texts)
            case "shorter":
                cells[line] = cells[line][: draw(st.integers(0, 3))]
            case "longer":
                cells[line] = cells[line] + draw(st.lists(texts, max_size=3))
            case "twice":
                cells.insert(line, list(cells[line]))
            case _:
                cells.insert(line, [])
    file = io.StringIO()
    csv.writer(file, delimiter=draw(st.sampled_from(",;\t|")), lineterminator="\r\n").writerows(
        cells
    )
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    return {name: file.getvalue().encode(encoding, errors="replace")}


def plain(name: str) -> bytes:
    """A seed as it is."""
    if name in JSON_SEEDS:
        return json.dumps(JSON_SEEDS[name]).encode()
    if name == "annotations.xml":
        return XML_SEED.encode()
    rows = TABLE_SEEDS[name]
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


SEEDS: Final = (*JSON_SEEDS, *TABLE_SEEDS, "annotations.xml")


@st.composite
def spoiled_bytes(draw: st.DrawFn) -> Files:
    """Bytes of nothing, or a seed with some of its bytes gone, doubled or replaced."""
    name = draw(st.sampled_from([*SEEDS, "source.xlsx", "source.zip"]))
    if name not in SEEDS:
        return {name: b"PK\x03\x04"[: draw(st.integers(0, 4))] + draw(st.binary(max_size=200))}
    data = plain(name)
    if draw(st.integers(0, 9)) == 0:
        return {name: data[: draw(st.integers(0, len(data)))] + b"[" * DEEP}
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        middle = draw(st.binary(max_size=6) | st.just(data[start:end] * 2))
        data = data[:start] + middle + data[end:]
    return {name: data}


@st.composite
def packages(draw: st.DrawFn) -> Files:
    """A folder of a Camtrap DP package, one of its files spoiled."""
    names = ("datapackage.json", "deployments.csv", "media.csv", "observations.csv")
    files = {name: plain(name) for name in names}
    spoiled = draw(
        (tables() | trees() | spoiled_bytes()).filter(lambda one: next(iter(one)) in names)
    )
    return files | spoiled


def zipped(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


WORKBOOK: Final[Files] = {
    "[Content_Types].xml": b"""<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
</Types>""",
    "_rels/.rels": b"""<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>
</Relationships>""",
    "xl/workbook.xml": b"""<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>
<sheet name="season" sheetId="1" r:id="rId1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": b"""<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
</Relationships>""",
    "xl/worksheets/sheet1.xml": b"""<?xml version="1.0" encoding="UTF-8"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>path</t></is></c><c r="B1" t="inlineStr"><is><t>captured_at</t></is></c></row>
<row r="2"><c r="A2" t="inlineStr"><is><t>CamA/IMG_0001.JPG</t></is></c><c r="B2" s="0"><v>45931.25</v></c></row>
</sheetData></worksheet>""",
}
"""The least that a spreadsheet program takes for a workbook."""


@st.composite
def archives(draw: st.DrawFn) -> Files:
    """A ZIP archive or workbook, with one of its files spoiled, gone, or under another name."""
    is_workbook = draw(st.booleans())
    files = dict(WORKBOOK) if is_workbook else draw(packages())
    name = draw(st.sampled_from(sorted(files)))
    match draw(st.sampled_from(["bytes", "bytes", "gone", "name", "cut"])):
        case "bytes":
            content = files[name]
            at = draw(st.integers(0, len(content)))
            end = at + draw(st.integers(0, 12))
            files[name] = content[:at] + draw(st.binary(max_size=8)) + content[end:]
        case "gone":
            del files[name]
        case "name":
            other = draw(
                st.sampled_from(["../" + name, "/" + name, "x/" + name, name.upper(), "x"])
            )
            files = {other if key == name else key: content for key, content in files.items()}
        case _:
            whole = zipped(files)
            return {"source.zip": whole[: draw(st.integers(0, len(whole)))]}
    return {"source.xlsx" if is_workbook else "source.zip": zipped(files)}


def sources() -> st.SearchStrategy[Files]:
    return trees() | tables() | spoiled_bytes() | packages() | archives()
