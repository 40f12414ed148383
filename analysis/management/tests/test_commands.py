"""Commands of analysis: their output, their options, their errors."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from analysis.management.arguments import NO_PERIOD, NOT_A_DAY, parse_thresholds
from analysis.management.commands.plot_reid_scores import NO_MIXTURE, UNKNOWN_ENDING
from analysis.management.commands.test_reid_thresholds import NO_SHARE
from analysis.reports import label_formats
from analysis.score_log.session import NO_SCORER, NOTHING_LOGGED
from analysis.stats.mixture import LEAST, TOO_FEW
from analysis.tests.dirty_stores import dirty_store
from reid.identifying.thresholds import NOT_A_THRESHOLD
from reid.models import ReidRun, Scorer, SimilarityScore, Threshold
from reid.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def scorer() -> Scorer:
    """Four sightings with best scores 0.9, 0.7, 0.6 and 0.5; the first is labelled, its decoy is 0.65."""
    scorer = make.scorer(name="test space")
    run = make.run(scorer)
    ada, bea = make.deer("ada"), make.deer("bea")
    for deer, scores in (
        (ada, (9000, 6500)),
        (None, (7000, 100)),
        (None, (6000, 0)),
        (None, (5000, 0)),
    ):
        of = make.detection(deer=deer)
        make.embedding(of, scorer, 1, 0, 0, 0)
        for against, value in zip((ada, bea), scores, strict=True):
            make.score(of, against, value, run)
    return scorer


def run_command(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_thresholds_are_counted_from_the_log(scorer):
    table = json.loads(run_command("test_reid_thresholds", "--format", "json"))
    assert table["space"] == "test space"
    assert (table["active_threshold"], table["eligible_sightings"]) == (0.55, 4)
    assert [(row["threshold"], row["assigned"], row["decoy_hits"]) for row in table["thresholds"]] == [
        (0.7, 2, 0), (0.65, 2, 1), (0.6, 3, 1), (0.55, 3, 1),
    ]  # fmt: skip


def test_the_tables_say_when_nothing_is_approved(scorer):
    assert "0.5500 (not approved): 3 of 4 eligible sightings" in run_command("test_reid_thresholds")


def test_a_report_changes_nothing(scorer):
    before = (SimilarityScore.objects.count(), ReidRun.objects.count(), Threshold.objects.count())
    run_command("test_reid_thresholds")
    assert before == (
        SimilarityScore.objects.count(),
        ReidRun.objects.count(),
        Threshold.objects.count(),
    )


def test_the_table_goes_to_a_file(scorer, tmp_path):
    target = tmp_path / "thresholds.csv"
    text = run_command("test_reid_thresholds", "--format", "csv", "--output", str(target))
    assert str(target) in text
    assert target.read_text(encoding="ascii").splitlines()[1].startswith("0.7,2,0.5,")


def test_a_file_that_cannot_be_written_is_named(scorer, tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        run_command("test_reid_thresholds", "--output", str(tmp_path / "no" / "where.txt"))


@pytest.mark.parametrize(
    "text", ["high", "0", "1.01", "-0.5", "nan", "inf", "0.55555", "0.5,,0.6", ""]
)
def test_what_is_no_threshold_is_refused_in_one_sentence(text):
    with pytest.raises(CommandError) as refused:
        parse_thresholds(text)
    assert refused.value.returncode == 2
    bad = text if "," not in text else ""
    assert str(refused.value) == NOT_A_THRESHOLD.format(text=bad)


def test_thresholds_are_units_each_once():
    assert parse_thresholds("0.70, 0.7,1,.5501") == [7000, 10_000, 5501]


@pytest.mark.parametrize(
    "command",
    [
        ("test_reid_thresholds",),
        ("analyze_reid_performance",),
        ("plot_reid_scores", "--output", "x.png"),
        ("plot_reid_scores", "--output", "x.html"),
    ],
)
def test_an_empty_log_says_what_to_run_first(command):
    with pytest.raises(CommandError, match=NO_SCORER):
        run_command(*command)
    make.scorer()
    with pytest.raises(CommandError, match=NOTHING_LOGGED):
        run_command(*command)


@pytest.mark.parametrize("name", ["scores.png", "scores.svg", "SCORES.PNG"])
def test_the_figure_is_written(scorer, tmp_path, name):
    run_command("plot_reid_scores", "--output", str(tmp_path / name))
    assert (tmp_path / name).stat().st_size > 5000


def test_a_named_format_beats_the_ending(scorer, tmp_path):
    target = tmp_path / "scores.dat"
    run_command("plot_reid_scores", "--output", str(target), "--format", "svg")
    assert target.read_text(encoding="utf-8").startswith("<?xml")


def test_a_mixture_that_does_not_fit_is_no_error(scorer, tmp_path):
    err = StringIO()
    call_command("plot_reid_scores", output=tmp_path / "scores.png", stderr=err, stdout=StringIO())
    why = TOO_FEW.format(least=LEAST, found=4)
    assert err.getvalue().strip() == NO_MIXTURE.format(why=why)


def test_a_figure_of_another_kind_is_refused(scorer, tmp_path):
    with pytest.raises(CommandError) as refused:
        run_command("plot_reid_scores", "--output", str(tmp_path / "scores.gif"))
    endings = ".png, .svg, .html"
    assert str(refused.value) == UNKNOWN_ENDING.format(name="scores.gif", endings=endings)
    assert not (tmp_path / "scores.gif").exists()


def test_a_figure_that_cannot_be_written_is_named(scorer, tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        run_command("plot_reid_scores", "--output", str(tmp_path / "no" / "scores.svg"))


def test_the_recommendation_comes_first_and_says_what_is_missing(scorer):
    table = json.loads(run_command("test_reid_thresholds", "--format", "json"))
    recommendation = table["recommendation"]
    assert (recommendation["verdict"], recommendation["threshold"]) == (
        "INVALID_DATA",
        None,
    )  # no gallery stands behind it
    assert "INVALID DATA" in run_command("test_reid_thresholds")


def test_a_period_narrows_the_table(scorer):
    inside, outside = (
        json.loads(run_command("test_reid_thresholds", "--format", "json", *days))
        for days in (("--since", "2025-10-01", "--until", "2025-10-01"), ("--until", "2025-10-01"))
    )
    assert inside["eligible_sightings"] == outside["eligible_sightings"] == 4
    with pytest.raises(CommandError, match=NOTHING_LOGGED):
        run_command("test_reid_thresholds", "--since", "2025-10-02")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--since", "yesterday"), NOT_A_DAY.format(text="yesterday")),
        (("--since", "2025-10-02", "--until", "2025-10-01"), NO_PERIOD),
        (("--max-fpir", "1.5"), NO_SHARE),
    ],
)
def test_bad_limits_get_one_sentence(scorer, arguments, text):
    with pytest.raises(CommandError) as refused:
        run_command("test_reid_thresholds", *arguments)
    assert (str(refused.value), refused.value.returncode) == (text, 2)


def test_labels_in_doubt_are_listed_in_every_format() -> None:
    store = dirty_store()

    def listed(name: str) -> str:
        return run_command("analyze_reid_performance", "--labels", "--format", name)

    document = json.loads(listed("json"))
    (twins,), (label,) = document["twins"], document["labels"]
    assert document["scorer"]["name"] == "dirty"
    assert (twins["deer_name"], twins["into_name"], len(twins["pictures"])) == ("Eve", "Fay", 3)
    assert (label["sighting"], label["camera"]) == (str(store.wrong.pk), "creek")
    assert (label["deer_name"], label["other_name"]) == ("Ada", "Bea")
    first, second = listed("csv").splitlines()[1:]
    assert first.startswith("twins,")
    assert second.startswith("label,")
    assert str(store.wrong.pk) in second
    for text in (listed("table"), listed("markdown")):
        assert "Eve (5)" in text
        assert "creek" in text
        assert "2025-10-01 12:00" in text
        assert text.strip().endswith("takes the answers.")
    days = ("--since", "2025-10-02", "--until", "2025-10-02")
    period = run_command("analyze_reid_performance", "--labels", *days)
    assert "creek" not in period  # the wrong one was taken on the day before
    with pytest.raises(CommandError, match="--labels is listed as table"):
        listed("html")


def test_a_herd_without_doubts_says_so(scorer) -> None:
    assert run_command("analyze_reid_performance", "--labels").strip() == label_formats.NOTHING


def test_the_performance_says_which_doubts_stand_open() -> None:
    dirty_store()
    text = " ".join(run_command("analyze_reid_performance").split())
    assert (
        "1 label is likely wrong and 1 pair of deer is likely one deer: look at them first" in text
    )
