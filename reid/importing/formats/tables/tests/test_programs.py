"""Tables of programs, in the structure of each one's own writer or published example: recognised, and read right."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from reid.importing.formats import registry
from reid.importing.formats.base import SourceOptions
from reid.importing.formats.tables import (
    addaxai,
    camtrapr,
    generic,
    thumper_metadata,
    timelapse,
    traptagger,
    wildbook,
    wildlife_insights,
)
from reid.importing.formats.tests.meanings import classes_of, refusals_of
from reid.importing.rows import (
    NOT_A_DEER,
    WHOLE_IMAGE,
    Area,
    Note,
    Refusal,
    Row,
    Skip,
    SourceProblem,
)
from reid.models import Detection
from reid.taxonomy import Classification

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reid.importing.formats.base import Format
    from reid.importing.rows import Item

pytestmark = pytest.mark.django_db  # the names that words are compared with


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[Item]]:
    """Write a table, require that it is recognised as of the format, and give what it says."""

    def read_as(expected: Format, *lines: str, **options: object) -> list[Item]:
        file = tmp_path / "table.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        source_format = registry.recognise(file)
        assert source_format.name == expected.name
        return list(source_format.open(file, SourceOptions(**options)).items())  # type: ignore[arg-type]

    return read_as


def rows_of(items: list[Item]) -> list[Row]:
    assert not [item for item in items if isinstance(item, Refusal)]
    return [item for item in items if isinstance(item, Row)]


# Timelapse: the header that ExportToCsv writes for the standard fields and a template's own.


def test_timelapse_names_photographs_by_folder_and_file(read) -> None:
    first, second, third, fourth = rows_of(
        read(
            timelapse.FORMAT,
            "RootFolder,File,RelativePath,DateTime,DeleteFlag,Species,Individual",
            "Ranch,IMG_1.JPG,oak\\100RECNX,2025-10-03 06:12:44,false,White-tailed deer,Gus",
            "Ranch,IMG_2.JPG,oak\\100RECNX,2025-10-03T06:12:45,false,Empty,",
            "Ranch,IMG_3.JPG,,2025-10-03 06:12:46,false,,",
            "Ranch,IMG_4.JPG,oak,2025-10-03 06:12:47,false,buck,",
        )
    )
    assert (first.path, first.captured_at) == ("oak/100RECNX/IMG_1.JPG", "2025-10-03 06:12:44")
    assert (first.deer, first.label, first.area) == ("Gus", "White-tailed deer", WHOLE_IMAGE)
    assert (second.area, second.looked) == (None, True)
    assert (third.path, third.area, third.looked) == ("IMG_3.JPG", None, False)
    assert (fourth.label, fourth.area) == ("buck", WHOLE_IMAGE)
    assert classes_of(first, fourth) == [Classification.UNKNOWN_DEER, Classification.BUCK]


def test_timelapse_may_write_date_and_time_apart(read) -> None:
    (row,) = rows_of(
        read(
            timelapse.FORMAT,
            "File,RelativePath,Folder,Date,Time,ImageQuality,DeleteFlag,CameraLocation,Species",
            "a.jpg,oak,Ranch,03-Oct-2025,06:12:44,Ok,false,oak,doe",
        )
    )
    assert (row.captured_at, row.label) == ("2025-10-03 06:12:44", "doe")
    assert classes_of(row) == [Classification.DOE]


def test_a_timelapse_column_of_the_users_own_is_named_by_hand(read) -> None:
    lines = ("File,RelativePath,DateTime,DeleteFlag,What", "a.jpg,,2025-10-03 06:12:44,false,fawn")
    silent, bare = read(timelapse.FORMAT, *lines)
    assert isinstance(silent, Note) and "--column classification" in silent.text
    assert isinstance(bare, Row) and not bare.looked
    (row,) = read(timelapse.FORMAT, *lines, columns={"classification": "What"})
    assert isinstance(row, Row) and row.label == "fawn"
    assert classes_of(row) == [Classification.FAWN]


# camtrapR: the variables of recordTableIndividualSample, as its documentation lists them.


def test_camtrapr_records_are_read_with_their_individuals(read) -> None:
    first, second = rows_of(
        read(
            camtrapr.FORMAT,
            '"Station","Species","Individual","DateTimeOriginal","Date","Time","delta.time.secs",'
            '"delta.time.mins","delta.time.hours","delta.time.days","Directory","FileName"',
            '"StationA","Deer","Gus","2009-04-10 05:07:00","2009-04-10","05:07:00",0,0,0,0,'
            '"C:/Project/renamed/StationA","StationA__2009-04-10__05-07-00(1).JPG"',
            '"StationB","Deer",NA,"2009-04-11 05:07:00","2009-04-11","05:07:00",0,0,0,0,'
            '"C:/Project/renamed/StationB","b.JPG"',
        )
    )
    assert first.path == "C:/Project/renamed/StationA/StationA__2009-04-10__05-07-00(1).JPG"
    assert (first.camera, first.deer, first.label) == ("StationA", "Gus", "Deer")
    assert (first.captured_at, first.area) == ("2009-04-10 05:07:00", WHOLE_IMAGE)
    assert (second.camera, second.deer, second.area) == ("StationB", "", WHOLE_IMAGE)


def test_cameras_of_one_camtrapr_station_stay_apart(read) -> None:
    first, second = rows_of(
        read(
            camtrapr.FORMAT,
            "Station,Camera,Species,DateTimeOriginal,Directory,FileName,n_images",
            "StationA,Cam1,Deer,2009-04-10 05:07:00,StationA/Cam1,a.JPG,1",
            "StationA,Cam2,Deer,2009-04-10 05:07:01,StationA/Cam2,a.JPG,1",
        )
    )
    assert (first.camera, second.camera) == ("StationA Cam1", "StationA Cam2")
    assert (first.path, second.path) == ("StationA/Cam1/a.JPG", "StationA/Cam2/a.JPG")


# AddaxAI: CSV_DTYPES of its export.py, in that order.

ADDAXAI = (
    "absolute_path,relative_path,data_type,label,confidence,human_verified,bbox_left,bbox_top,bbox_right,"
    "bbox_bottom,file_height,file_width,DateTimeOriginal,DateTime,DateTimeDigitized,Latitude,Longitude"
)


def test_addaxai_boxes_are_corners_in_pixels_and_days_come_first(read) -> None:
    first, second = rows_of(
        read(
            addaxai.FORMAT,
            ADDAXAI,
            "/cards,oak\\a.jpg,img,deer,0.91,False,10,20,310,220,480,640,03/10/25 06:12:44,NA,NA,NA,NA",
            "/cards,oak\\b.jpg,img,doe,1.0,True,0,0,640,480,480,640,04/10/25 06:12:44,NA,NA,NA,NA",
        )
    )
    assert (first.path, first.area) == ("oak/a.jpg", Area(10, 20, 300, 200))
    assert (first.captured_at, first.confidence) == ("2025-10-03 06:12:44", 0.91)
    assert (first.label, second.label) == ("deer", "doe")
    assert classes_of(first, second) == [Classification.UNKNOWN_DEER, Classification.DOE]
    assert (first.detector, second.detector) == ("AddaxAI", "")
    assert second.captured_at == "2025-10-04 06:12:44"


def test_addaxai_times_that_a_spreadsheet_saved_again_are_not_guessed(read) -> None:
    with pytest.raises(SourceProblem, match="no line of the table decides"):
        read(
            addaxai.FORMAT,
            ADDAXAI,
            "/c,a.jpg,img,deer,0.9,False,1,2,3,4,480,640,3/10/2025 6:12,NA,NA,NA,NA",
        )


def test_addaxai_files_without_detections_are_effort(read) -> None:
    items = read(
        addaxai.FORMAT,
        "absolute_path,relative_path,data_type,n_detections,max_confidence,DateTimeOriginal",
        "/c,a.jpg,img,0,0.0,03/10/25 06:12:44",
        "/c,b.jpg,img,2,0.9,03/10/25 06:12:44",
    )
    assert items[0] == Row(2, "a.jpg", None, captured_at="2025-10-03 06:12:44", detector="AddaxAI")
    assert items[1] == Skip(addaxai.WITH_DETECTIONS)


def test_addaxai_workbooks_are_read_from_their_sheet_of_detections(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    files = book.active
    assert files is not None
    files.title = "files"
    files.append(["absolute_path", "relative_path", "data_type", "n_detections", "max_confidence"])
    files.append(["/c", "a.jpg", "img", 1, 0.9])
    sheet = book.create_sheet("detections")
    sheet.append(ADDAXAI.split(","))
    sheet.append(
        ["/c", "a.jpg", "img", "buck", 0.9, False, 1, 2, 31, 42, 480, 640, "03/10/25 06:12:44"]
    )
    book.save(tmp_path / "results.xlsx")
    source_format = registry.recognise(tmp_path / "results.xlsx")
    assert source_format.name == addaxai.FORMAT.name
    (row,) = rows_of(list(source_format.open(tmp_path / "results.xlsx", SourceOptions()).items()))
    assert (row.area, row.label) == (Area(1, 2, 30, 40), "buck")
    assert classes_of(row) == [Classification.BUCK]


# TrapTagger: columns as generate_csv writes them, with boxes, and labels in columns, lists or lines.


def test_traptagger_boxes_are_corners_in_shares(read) -> None:
    first, second, third = rows_of(
        read(
            traptagger.FORMAT,
            "id,image,timestamp,survey,site,latitude,longitude,image_label_1,image_individual_1,left,right,top,bottom,score",
            "1,oak/a.jpg,2025-10-03 06:12:44,Ranch,oak,28.1,-98.2,White-tailed deer,Gus,0.1,0.5,0.2,0.7,0.91",
            "2,oak/b.jpg,2025-10-03 06:12:45,Ranch,oak,28.1,-98.2,None,None,None,None,None,None,None",
            "3,oak/c.jpg,2025-10-03 06:12:46,Ranch,oak,28.1,-98.2,doe,None,None,None,None,None,None",
        )
    )
    assert first.area == Area(0.1, 0.2, 0.4, pytest.approx(0.5), relative=True)  # type: ignore[arg-type]
    assert (first.path, first.camera, first.deer) == ("oak/a.jpg", "oak", "Gus")
    assert (first.captured_at, first.label, first.confidence) == ("2025-10-03 06:12:44", "White-tailed deer", 0.91)  # fmt: skip
    assert (second.area, second.deer) == (None, "")
    assert (third.area, third.label) == (WHOLE_IMAGE, "doe")
    assert classes_of(first, third) == [Classification.UNKNOWN_DEER, Classification.DOE]


def test_traptagger_lists_of_labels_stay_together(read) -> None:
    one, two = read(
        traptagger.FORMAT,
        "image,timestamp,trapgroup,image_labels,left,right,top,bottom,score",
        "a.jpg,2025-10-03 06:12:44,oak,[buck],0,0.5,0,0.5,0.9",
        "b.jpg,2025-10-03 06:12:44,oak,[buck;Cow],0,0.5,0,0.5,0.9",
    )
    assert isinstance(one, Row) and (one.label, one.camera) == ("buck", "oak")
    assert classes_of(one) == [Classification.BUCK]
    assert isinstance(two, Refusal) and two.text == traptagger.SEVERAL.format(names="buck, Cow")


def test_a_traptagger_line_of_several_animals_without_a_box_is_named(read) -> None:
    note, deer, also, person = read(
        traptagger.FORMAT,
        "image,timestamp,site,image_labels",
        "a.jpg,2025-10-03 06:12:44,oak,[White-tailed deer;Cow]",
        "b.jpg,2025-10-03 06:12:45,oak,[doe;Human]",
    )
    assert isinstance(note, Note) and (note.kind, note.line) == (traptagger.NO_BOX_KIND, 2)
    names = {"names": "White-tailed deer, Cow", "taken": "White-tailed deer"}
    assert note.text == traptagger.NO_BOX.format(path="a.jpg", line=2, **names)
    assert isinstance(also, Note) and isinstance(deer, Row) and isinstance(person, Row)
    assert classes_of(deer, person) == [Classification.UNKNOWN_DEER, Classification.PERSON]


def test_traptagger_labels_that_are_no_animals_make_none(read) -> None:
    """Its own labels: create_task_dataframe leaves them out of its counts of animals."""
    down, nothing, shared = rows_of(
        read(
            traptagger.FORMAT,
            "image,timestamp,site,image_labels",
            "a.jpg,2025-10-03 06:12:44,oak,[Knocked Down]",
            "b.jpg,2025-10-03 06:12:45,oak,[Nothing]",
            "c.jpg,2025-10-03 06:12:46,oak,[Vehicles/Humans/Livestock]",
        )
    )
    assert (down.area, nothing.area) == (None, None)
    assert classes_of(shared) == [Classification.PERSON]


# Wildbook: the names of "Fields Available".


def test_a_wildbook_encounter_has_all_its_photographs(read) -> None:
    first, second, third = rows_of(
        read(
            wildbook.FORMAT,
            "MarkedIndividual.individualID,Encounter.verbatimLocality,Encounter.locationID,Encounter.year,"
            "Encounter.month,Encounter.day,Encounter.hour,Encounter.minutes,Encounter.mediaAsset0,"
            "Encounter.mediaAsset1,Encounter.mediaAsset0.keywords,Encounter.genus,Encounter.specificEpithet",
            "Gus,by the oak,Zone 5,2025,10,3,6,12,20251003/1.jpg,20251003/2.jpg,left,Odocoileus,virginianus",
            ",by the oak,,2025,10,3,,,3.jpg,,,Odocoileus,virginianus",
        )
    )
    assert (first.path, second.path) == ("20251003/1.jpg", "20251003/2.jpg")
    assert {(row.deer, row.line, row.captured_at) for row in (first, second)} == {
        ("Gus", 2, "2025-10-03 06:12:00")
    }
    assert (first.camera, first.label) == ("Zone 5", "Odocoileus virginianus")
    assert classes_of(first) == [Classification.UNKNOWN_DEER]
    assert (third.camera, third.captured_at, third.deer) == ("by the oak", "", "")


def test_a_wildbook_line_without_a_photograph_is_refused(read) -> None:
    (item,) = read(wildbook.FORMAT, "Encounter.MediaAsset.0,Encounter.individualID", ",Gus")
    assert isinstance(item, Refusal) and item.text == wildbook.NO_PHOTOGRAPH


# Wildlife Insights: the files and columns of a download, as saira's tests and camtraptor's read_wi have them.

WI_IMAGES = (
    "project_id,deployment_id,image_id,filename,location,is_blank,identified_by,wi_taxon_id,class,order,family,genus,"
    "species,common_name,uncertainty,timestamp,number_of_objects,age,sex,animal_recognizable,individual_id,"
    "individual_animal_notes,behavior,highlighted,markings,cv_confidence,license,bounding_boxes"
)
WI_FILES = {
    "deployments.csv": "project_id,deployment_id,placename,longitude,latitude,start_date,end_date,camera_id\n"
    "7,DEP1,oak,-98,28,2025-10-01 00:00:00,2025-11-01 00:00:00,c1\n"
    "7,DEP2,elm,-98,28,2025-10-01 00:00:00,2025-11-01 00:00:00,c2\n",
    "cameras.csv": "project_id,camera_id,camera_name,make,model,serial_number,year_purchased\n7,c1,,,,,\n",
    "projects.csv": "project_id,project_name,project_short_name\n7,Ranch,R\n",
    "images_7.csv": WI_IMAGES + "\n"
    "7,DEP1,i1,a.jpg,gs://b/deployment/1/u1.JPG,1,Ann,,,,,,,Blank,,2025-10-03 10:00:00,0,,,,,,,,,,CC-BY,\n"
    "7,DEP1,i2,b.jpg,gs://b/deployment/1/u2.JPG,0,Computer vision,,Mammalia,Cetartiodactyla,Cervidae,Odocoileus,"
    "virginianus,White-tailed Deer,,2025-10-03 10:05:00,1,Adult,Male,,Gus,,,,,0.92,CC-BY,\n"
    "7,DEP2,i3,b.jpg,gs://b/deployment/2/u3.JPG,0,Ann,,,,,,,No CV Result,,2025-10-03 10:06:00,1,,,,,,,,,,CC-BY,\n"
    "7,DEP2,i4,,gs://b/deployment/2/u4.JPG,0,Ann,,Mammalia,Carnivora,,,,,,2025-10-03 10:07:00,1,,,,,,,,,,CC-BY,\n",
}


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_a_download_of_wildlife_insights_is_read_as_a_whole(tmp_path: Path, kind: str) -> None:
    bundle = tmp_path / "wi"
    if kind == "folder":
        bundle.mkdir()
        for name, text in WI_FILES.items():
            (bundle / name).write_text(text)
    else:
        bundle = tmp_path / "wi.zip"
        with zipfile.ZipFile(bundle, "w") as archive:
            for name, text in WI_FILES.items():
                archive.writestr(f"wildlife-insights_project-7/{name}", text)
    source_format = registry.recognise(bundle)
    assert source_format.name == wildlife_insights.FORMAT.name
    source = source_format.open(bundle, SourceOptions())
    assert source.total == 4
    blank, deer, unseen, rank = rows_of(list(source.items()))
    assert (blank.path, blank.area, blank.looked, blank.camera) == ("a.jpg", None, True, "oak")
    assert (deer.path, deer.deer, deer.label) == ("DEP1/b.jpg", "Gus", "White-tailed Deer")
    assert (deer.detector, deer.captured_at) == ("Wildlife Insights", "2025-10-03 10:05:00")
    assert (unseen.path, unseen.camera) == ("DEP2/b.jpg", "elm")  # two deployments have a b.jpg
    assert (unseen.area, unseen.looked) == (None, False)
    assert (rank.path, rank.label, rank.area) == ("u4.JPG", "Carnivora", WHOLE_IMAGE)
    assert classes_of(deer, rank) == [Classification.UNKNOWN_DEER, Classification.OTHER]


def test_a_sequence_project_says_that_its_photographs_have_no_identifications(
    tmp_path: Path,
) -> None:
    (tmp_path / "deployments.csv").write_text(WI_FILES["deployments.csv"])
    (tmp_path / "images_1.csv").write_text(
        "project_id,deployment_id,image_id,filename,sequence_id,location,wi_taxon_id,class,order,family,genus,"
        "species,common_name,timestamp,bounding_boxes\n"
        "1,DEP1,i1,1.jpg,s1,gs://1,,,,,,,,2025-10-03 10:00:00,\n"
    )
    source = wildlife_insights.FORMAT.open(tmp_path, SourceOptions())
    note, row = source.items()
    assert isinstance(note, Note) and note.kind == wildlife_insights.SEQUENCES
    assert isinstance(row, Row) and (row.area, row.looked) == (None, False)


# Thumper's own.

CERTIFIED = Detection.IdentitySource.CERTIFIED.label
OWN = (
    "detection_id,image_id,filename,captured_at,camera,classification,corrected_classification,confidence,bbox_x,bbox_y,"
    "bbox_width,bbox_height,deer_id,deer_name,identity_source,similarity_score,threshold_used,embedding_space,"
    "encounter_id,is_valid,created_at"
)


def test_its_own_table_gives_the_same_boxes_and_names(read) -> None:
    time = "2025-10-03T06:12:44-05:00"
    items = read(
        thumper_metadata.FORMAT,
        OWN,
        f"d1,i1,cards/a.jpg,{time},'=oak,animal,buck,0.9100,10,20,300,200,x,'-Gus,reviewed,,,,,true,{time}",
        f"d2,i1,cards/a.jpg,{time},oak,doe,,0.5000,1,2,30,40,y,Ada,auto,0.9,0.8,s,,true,{time}",
        f"d3,i1,cards/a.jpg,{time},oak,doe,,0.5000,1,2,30,40,,'Ada,imported,,,,,false,{time}",
        f"d4,i1,cards/a.jpg,{time},oak,doe,,0.5000,5,2,30,40,y,Ada,{CERTIFIED},,,,,true,{time}",
    )
    first, second, third = rows_of(items)
    assert (first.path, first.camera, first.deer) == ("cards/a.jpg", "=oak", "-Gus")
    assert (first.area, first.label) == (Area(10, 20, 300, 200), "buck")
    assert classes_of(first, second) == [Classification.BUCK, Classification.DOE]
    assert (first.confidence, first.captured_at) == (0.91, time.replace("T", " "))
    assert second.deer == ""  # a run's guess is nobody's word
    assert third.deer == ""  # what was certified for a batch is proven of that batch alone
    assert items[2] == Skip(thumper_metadata.NOT_VALID)


def test_its_own_names_of_classes_are_those_classes_again(read) -> None:
    lines = (f"d,i,a.jpg,,oak,{item},,0.5,1,2,30,40,,,,,,,,true," for item in Classification)
    rows = rows_of(read(thumper_metadata.FORMAT, OWN, *lines))
    assert [row.label for row in rows] == list(Classification)
    assert classes_of(*rows) == list(Classification)


def test_its_own_table_may_have_words_that_somebody_wrote_into_it(read) -> None:
    items = read(
        thumper_metadata.FORMAT,
        OWN,
        *(
            f"d,i,a.jpg,,oak,{word},,0.5,1,2,30,40,,{deer},imported,,,,,true,"
            for word, deer in (("guapo", ""), ("guapo", "Ada"), ("animal", "Ada"), ("cow", "Ada"))
        ),
    )
    *rows, cow = rows_of(items)
    assert [row.label for row in rows] == ["guapo", "guapo", "animal"]
    deer = Classification.UNKNOWN_DEER
    assert classes_of(*rows) == [Classification.ANIMAL, deer, deer]
    assert refusals_of(*rows, cow) == [NOT_A_DEER.format(name="cattle", deer="Ada")]


def test_its_own_archive_is_read_as_it_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "crops.zip", "w") as archive:
        archive.writestr(
            "metadata.csv",
            f"\ufeff{OWN}\r\nd1,i1,a.jpg,,oak,doe,,0.5,1,2,30,40,,Ada,imported,,,,,true,\r\n",
        )
        archive.writestr("manifest.json", "{}")
    source_format = registry.recognise(tmp_path / "crops.zip")
    assert source_format.name == thumper_metadata.FORMAT.name
    (row,) = rows_of(list(source_format.open(tmp_path / "crops.zip", SourceOptions()).items()))
    assert (row.path, row.deer) == ("a.jpg", "Ada")


# All of them.


@pytest.mark.parametrize(
    "forced",
    [timelapse, camtrapr, addaxai, traptagger, wildbook, thumper_metadata],
    ids=lambda module: module.FORMAT.name,
)
def test_a_table_of_another_kind_is_refused_by_the_columns_that_it_lacks(
    tmp_path: Path, forced
) -> None:
    (tmp_path / "t.csv").write_text("photo,who\na.jpg,Gus\n")
    with pytest.raises(SourceProblem, match=r"^t\.csv lacks the columns .*; it has photo, who\.$"):
        list(forced.FORMAT.open(tmp_path / "t.csv", SourceOptions()).items())


def test_a_table_that_people_made_is_of_no_program(read) -> None:
    (row,) = rows_of(read(generic.FORMAT, "File,Species,Station", "a.jpg,doe,oak"))
    assert (row.path, row.camera, row.label) == ("a.jpg", "oak", "doe")
    assert classes_of(row) == [Classification.DOE]
