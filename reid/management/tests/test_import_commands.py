"""Import commands as people call them: what they print, where, and how they end."""

from __future__ import annotations

import io
import re
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F
from rich.console import Console
from rich.progress import Progress

from reid.importing.formats import registry
from reid.management import import_arguments
from reid.management.commands import import_deployments as deployments
from reid.management.commands import import_detections as detections
from reid.management.progress import AsciiBar
from reid.management.users import NO_USER, USER_NEEDED
from reid.models import (
    Deployment,
    Detection,
    Encounter,
    IdentityEvent,
    Image,
    Operation,
    Sighting,
)
from reid.tests import make

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import Popen

pytestmark = pytest.mark.django_db


@pytest.fixture
def table(media_root: Path):
    """Write a table of photographs that lie beside it, below the media root."""

    def write(columns: str, *lines: str) -> Path:
        for seed, line in enumerate(lines):
            make.photograph(f"cards/{line.split(',')[0]}", seed=seed)
        file = media_root / "cards" / "detections.csv"
        file.write_text("\n".join([columns, *lines]) + "\n")
        return file

    return write


def output_of(command: str, *arguments: Any) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, no_color=True)
    return out.getvalue()


def lines(*arguments: Any) -> dict[str, str]:
    """The counts of the summary by what they count."""
    text = output_of("import_detections", *arguments, "--no-progress")
    pairs = re.findall(r"^ *([\d,]+)  (.+)$", text, re.MULTILINE)
    return {what: number for number, what in pairs}


def test_the_summary_counts_everything(table) -> None:
    source = table("path,deer,confidence", "a.jpg,Ada,", "b.jpg,,", "c.jpg,,7")
    assert lines(source) == {
        "detections imported": "2",
        "photographs new": "2",
        "of them without a capture time": "2",
        "deer new": "1",
        "reference enrolled": "1",
        "refused: bad row": "1",
    }
    assert lines(source) == {
        "detections imported": "0",
        "skipped: already imported": "2",
        "refused: bad row": "1",
    }
    assert Operation.objects.get().actor.username == "local"  # type: ignore[union-attr]


def test_words_for_classes_are_shown_with_what_they_were_read_as(table, tmp_path: Path) -> None:
    rows = ["a.jpg,wild boar", "b.jpg,unknown deer", "c.jpg,doe", "d.jpg,guapo", "e.jpg,guapo"]
    source = table("path,classification", *rows)
    assert lines(source, "--dry-run") == {
        "detections imported": "5",
        "photographs new": "5",
        "of them without a capture time": "5",
        "noted: word for a class that is not known": "1",
    }
    preview = output_of("import_detections", source, "--dry-run", "--no-progress")
    assert preview.count("wild boar") == 1  # the preview says it, and nothing says it again
    assert "  wild boar -> pig: 1 detection" in preview
    read = lines(source)
    assert (read["read as animal: guapo"], read["read as pig: wild boar"]) == ("2", "1")
    labels = tmp_path / "labels.csv"
    labels.write_text("guapo,buck\n")
    assert lines(source, "--labels", labels)["read as buck: guapo"] == "2"


def test_refusals_are_shown_with_their_lines_in_ascii(table) -> None:
    rows = [f"{number}.jpg,caf\u00e9" for number in range(22)]
    text = output_of("import_detections", table("path,flank", "ok.jpg,", *rows), "--no-progress")
    assert text.isascii()
    assert r"line 3: 0.jpg: unknown flank 'caf\xe9'" in text
    assert "and 2 more refusals" in text


def test_progress_goes_to_stderr_in_ascii(table, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_detections", table("path", "a.jpg"), no_color=True)
    captured = capsys.readouterr()
    assert "rows" in captured.err and "1/1" in captured.err
    assert captured.err.isascii()
    assert "rows" not in captured.out


def test_a_bar_fills_as_the_work_is_done() -> None:
    with Progress(AsciiBar(), console=Console(file=io.StringIO())) as progress:
        task = progress.add_task("x", total=None)
        bar = AsciiBar()
        assert bar.render(progress.tasks[0]).plain == f"[{'.' * 30}]"
        progress.update(task, completed=1, total=2)
        assert bar.render(progress.tasks[0]).plain == f"[{'#' * 15}{'.' * 15}]"


def test_nothing_readable_ends_badly_and_an_empty_file_well(table) -> None:
    with pytest.raises(CommandError) as error:
        output_of("import_detections", table("path,confidence", "a.jpg,7"), "--no-progress")
    assert str(error.value) == detections.NOTHING_READ
    said = {"detections imported": "0", "noted: nothing to import": "1"}
    assert lines(table("path")) == said


def test_a_source_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"^There is no file or folder .*no\.csv\.$"):
        output_of("import_detections", tmp_path / "no.csv", "--no-progress")


def test_every_option_arrives(table, django_user_model: Any) -> None:
    user = django_user_model.objects.create(username="ranger")
    source = table("path,site,day,flankside,deer", "x_7.jpg,oak,2025-10-01 12:00:00,left,Ada")
    output_of(
        "import_detections", source, "--root", source.parent, "--user", "ranger", "--no-progress",
        "--captured-at", "day", "--camera", "site", "--flank", "flankside",
        "--sighting", r"_(?P<sighting>\d)", "--time-zone", "America/Chicago",
        "--clock-offset", "oak=-60", "--collection", "autumn", "--link", "--min-confidence", "0.5",
    )  # fmt: skip
    row = Detection.objects.select_related("image__camera", "sighting").get()
    assert row.flank == "left"
    assert row.sighting is not None and row.sighting.label == "7"
    assert row.image.camera is not None and row.image.camera.time_zone == "America/Chicago"
    assert str(row.image.captured_at) == "2025-10-01 16:59:00+00:00"
    assert Operation.objects.get().actor == user


def test_a_dry_run_says_so_and_keeps_nothing(table) -> None:
    text = output_of("import_detections", table("path", "a.jpg"), "--dry-run", "--no-progress")
    assert text.startswith(detections.DRY_RUN)
    assert not Image.objects.exists()


def test_a_misspelt_camera_of_an_offset_is_named(table) -> None:
    text = output_of(
        "import_detections", table("path", "a.jpg"), "--clock-offset", "aok=5", "--no-progress"
    )
    assert detections.UNUSED_OFFSET.format(name="aok") in text


def test_who_imports_must_be_somebody(table, settings, django_user_model: Any) -> None:
    source = table("path", "a.jpg")
    django_user_model.objects.create(username="gone", is_active=False)
    with pytest.raises(CommandError) as error:
        output_of("import_detections", source, "--user", "gone", "--no-progress")
    assert str(error.value) == NO_USER.format(name="gone")
    settings.EMBEDDED = False
    with pytest.raises(CommandError) as error:
        output_of("import_detections", source, "--no-progress")
    assert str(error.value) == USER_NEEDED


def test_offsets_and_confidences_are_numbers() -> None:
    assert import_arguments.clock_offset("a=b=-3600") == ("a=b", -3600.0)
    for text in ("oak", "=5", "oak=", "oak=nan", "oak=1e12"):
        with pytest.raises(ArgumentTypeError) as error:
            import_arguments.clock_offset(text)
        assert str(error.value) == import_arguments.BAD_OFFSET.format(text=text)
    assert import_arguments.share("1") == 1.0
    for text in ("1.1", "nan", "much"):
        with pytest.raises(ArgumentTypeError) as error:
            import_arguments.share(text)
        assert str(error.value) == import_arguments.BAD_CONFIDENCE.format(text=text)


def test_the_help_teaches_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("import_detections", "--help")
    text = capsys.readouterr().out
    assert "--camera '(?P<camera>[^/]+)/'" in text
    assert "MegaDetector batch output (any 1.x)" in text
    assert "--format NAME" in text
    assert set(registry.names()) <= set(text.replace(",", " ").replace(".", " ").split())
    assert text.isascii()


def test_deployments_are_imported_and_counted(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_text("camera,started_on\noak,2025-09-01\noak,soon\n")
    text = output_of("import_deployments", file)
    assert "1  deployment imported" in text
    assert "1  refused" in text
    assert "line 3: oak: started_on is 'soon'" in text
    assert Deployment.objects.count() == 1
    assert output_of("import_deployments", file, "--dry-run").startswith(deployments.DRY_RUN)


def test_deployments_that_cannot_be_read_end_badly(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        output_of("import_deployments", tmp_path / "no.csv")
    (tmp_path / "d.csv").write_text("camera,started_on\noak,soon\n")
    with pytest.raises(CommandError) as error:
        output_of("import_deployments", tmp_path / "d.csv")
    assert str(error.value) == deployments.NOTHING_READ


@pytest.mark.service
def test_two_imports_of_one_file_at_once_give_what_one_gives(
    start_process: Callable[..., Popen[bytes]], tmp_path: Path, settings
) -> None:
    collection = tmp_path.name  # the processes share the suite's media root with other tests
    for number in range(40):
        make.photograph(f"{collection}/{number}.jpg", seed=number)
    table = Path(settings.MEDIA_ROOT) / collection / "detections.csv"
    table.write_text(
        "path,deer,sighting,captured_at,camera\n"
        + "".join(
            f"{number}.jpg,deer {number % 4},{number % 4},2025-10-0{1 + number % 4} 12:{number:02}:00,oak\n"
            for number in range(40)
        )
    )
    processes = [start_process("import_detections", str(table), "--no-progress") for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert Detection.objects.count() == Image.objects.count() == 40
    assert Detection.objects.filter(sighting__encounter=F("image__encounter")).count() == 40
    assert Sighting.objects.count() == Encounter.objects.count() == 4 * 2
    assert Detection.objects.filter(is_reference=True).count() == 8
    assert IdentityEvent.objects.filter(field="deer").count() == 40
