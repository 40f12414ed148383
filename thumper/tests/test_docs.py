"""README and docs: their commands, options, requests and JSON are ones that exist; links are checked."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import get_commands, load_command_class
from django.urls import Resolver404, resolve
from PIL import Image

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from types import ModuleType

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
APPS = ("thumper", "exports", "reid", "analysis")
OUR_COMMANDS = {name for name, app in get_commands().items() if app in APPS}
ANY_ID = "0b9c3f1e-6a56-4a53-9d2f-0f6f5b1f2c11"
SERVER = "http://127.0.0.1:8000"


def blocks(text: str, *languages: str) -> list[str]:
    """The fenced blocks in these languages."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for language, block in fenced if language in languages]


def code_of(text: str) -> list[str]:
    """Command lines: those of blocks, with continued ones joined, and what stands in backticks."""
    joined = "\n".join(blocks(text, "", "sh")).replace("\\\n", " ")
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    return [*joined.splitlines(), *spans]


# --- commands -------------------------------------------------------------------------------------


def commands() -> list[tuple[str, str, str]]:
    """(page, command, its arguments) for each command of ours that a page shows."""
    rows = []
    for page in PAGES:
        for line in code_of(page.read_text()):
            match = re.match(r"(?:\$ )?(?:\./run manage|(?:python )?manage\.py) (\w+)(.*)", line)
            bare = re.match(r"(\w+)((?: .*)?)$", line)
            if match:
                rows.append((page.name, match[1], match[2].partition(" # ")[0]))
            elif bare and bare[1] in OUR_COMMANDS:
                rows.append((page.name, bare[1], bare[2]))
    return rows


def options_of(parser: ArgumentParser) -> set[str]:
    """Options and names of subcommands, those of subcommands with them."""
    options: set[str] = set()
    for action in parser._actions:
        options.update(action.option_strings)
        if isinstance(action.choices, dict):
            for name, subparser in action.choices.items():
                options |= {name} | options_of(subparser)
    return options


@pytest.mark.parametrize(("page", "command", "arguments"), sorted(set(commands())))
def test_a_command_and_its_options_exist(page: str, command: str, arguments: str) -> None:
    if command == "help":
        return
    assert command in get_commands(), page
    parser = load_command_class(get_commands()[command], command).create_parser("x", command)
    for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", arguments):
        assert option in options_of(parser), f"{page}: {command} {option}"
    has_subcommands = any(isinstance(action.choices, dict) for action in parser._actions)
    first = arguments.split()[:1]
    if has_subcommands and first and first[0].isalpha():
        assert first[0] in options_of(parser), f"{page}: {command} {first[0]}"


def test_commands_are_shown() -> None:
    assert {name for _, name, _ in commands()} >= OUR_COMMANDS


def test_what_run_is_asked_for_exists() -> None:
    usage = subprocess.run(["sh", "run"], cwd=ROOT, capture_output=True, text=True, check=True)
    known = set(re.findall(r"^  (\w+)", usage.stdout, re.MULTILINE))
    for page in PAGES:
        for line in code_of(page.read_text()):
            for name in re.findall(r"\./run ([a-z]+)", line):
                assert name in known, f"{page.name}: ./run {name}"


# --- requests -------------------------------------------------------------------------------------


def requests() -> list[tuple[str, str, str]]:
    """(page, method, address) of each request that a page shows, by curl or in words."""
    rows = []
    for page in PAGES:
        for line in code_of(page.read_text()):
            for method, address in re.findall(r"^(GET|POST|DELETE|HEAD) (/[^\s`]*)", line):
                rows.append((page.name, method, address))
            if "curl " in line:
                method = (re.findall(r"-X (\w+)", line) or ["GET"])[0]
                address = re.search(rf"(?:{re.escape(SERVER)}|\$API)(/[^\s'\")]*)", line)
                assert address, line
                rows.append((page.name, method, address[1]))
            elif address := re.match(
                r"(/(?:api|review|thresholds|trends|exports|admin)[^\s]*)$", line
            ):
                rows.append((page.name, "", address[1]))
    for page in PAGES:
        for address in re.findall(rf"<{re.escape(SERVER)}(/[^>]*)>", page.read_text()):
            rows.append((page.name, "GET", address))
    return rows


@pytest.mark.parametrize(("page", "method", "address"), sorted(set(requests())))
def test_an_address_exists_and_takes_the_method(page: str, method: str, address: str) -> None:
    path = re.sub(
        r"\$JOB|JOB_ID|THRESHOLD_ID|\{\w+\}|(?<=/)(ID|IMPORT|FILE)\b",
        ANY_ID,
        address.partition("?")[0],
    )
    try:
        view: Any = resolve(path).func
    except Resolver404:
        pytest.fail(f"{page}: {address} does not exist")
    if method and (shape := getattr(view, "cls", None)):
        methods = getattr(view, "actions", None) or dir(shape)
        assert method.lower() in methods, f"{page}: {method} {address}"


def test_requests_are_shown() -> None:
    assert len(requests()) > 20


def test_json_can_be_read() -> None:
    bodies = []
    for page in PAGES:
        text = page.read_text()
        bodies += blocks(text, "json")
        for block in blocks(text, "sh"):
            bodies += re.findall(r"curl [^\n]*? -d '([^']*)'", block.replace("\\\n", " "))
    for body in bodies:
        json.loads(body)
    assert len(bodies) >= 5


# --- links ----------------------------------------------------------------------------------------


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n")
    (tmp_path / "docs" / "there.md").write_text("# There\n\n## A part\n\nText.\n")
    good = "# Home\n\n[page](docs/there.md), [part](docs/there.md#a-part)\n"
    assert build(good, tmp_path).returncode == 0
    for link in ("docs/gone.md", "docs/there.md#no-part", "#nowhere"):
        done = build(f"{good}\n[bad]({link})\n", tmp_path)
        assert done.returncode != 0, link
        assert "README.md" in done.stderr


def build(readme: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """As `./run docs` builds, of other pages."""
    (folder / "README.md").write_text(readme)
    options = ["-q", "-E", "-W", "--keep-going", "-c", str(ROOT / "docs"), "-d", "var/doctrees"]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *options, ".", "var/html"],
        cwd=folder,
        capture_output=True,
        text=True,
    )


# --- the examples -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    return script("figures")


@pytest.fixture(scope="module")
def examples(figures: ModuleType) -> ModuleType:
    return script("examples")


def script(name: str) -> ModuleType:
    """A script of the documentation, which is no package, as the module that it is."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up, and one script imports the other
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("printed", "now", "agrees"),
    [
        ("0.876", "0.878", True),
        ("0.876", "0.879", False),
        ("56", "57", True),
        ("56", "58", False),
        ("1,737", "1,771", True),
        ("1,737", "1,780", False),
        ("12.9", "13.2", False),
    ],
)
def test_figures_agree_to_two_units_of_their_last_digit(figures, printed, now, agrees) -> None:
    assert figures.agree(printed, now) is agrees


def run(*arguments: str) -> str:
    """Stands for a command of the sample herd."""
    assert arguments == ("count",)
    return "Words.\n|Name |  one|\n|-----+-----|\n|real |0.835|\nAUC 0.876 (0.80-0.94)\n"


def test_lines_of_a_block_are_looked_for_among_those_printed(figures) -> None:
    block = "$ ./run manage count\n|Name|one|\n|real|0.837|\nAUC 0.877 (0.76-0.98)\n"
    renewed, problems = figures.held_to(block, run)
    assert problems == []
    assert renewed == "$ ./run manage count\n|Name |  one|\n|real |0.835|\nAUC 0.876 (0.80-0.94)\n"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("|real|0.840|", "0.840 > 0.835"),
        ("|false|0.835|", "is not printed: |false|0.835|"),
        ("AUC 0.876 (0.70-0.94)", "0.70 > 0.80"),
        ("AUC 0.886 (0.80-0.94)", "0.886 > 0.876"),
    ],
)
def test_a_line_that_does_not_come_out_is_named(figures, line, problem) -> None:
    assert figures.held_to(f"$ ./run manage count\n{line}\n", run)[1] == [problem]


def test_lines_come_in_the_order_in_which_they_are_printed(figures) -> None:
    _, problems = figures.held_to("$ ./run manage count\n|real|0.835|\nWords.\n", run)
    assert problems == ["is not printed: Words."]


def test_figures_in_a_sentence_are_compared_and_renewed(figures) -> None:
    text = "Before. It is 0.80\nof 16 deer, which is 5 %. After."
    template = "It is {share} of {deer} deer, which is 5 %"
    now = {"share": "0.81", "deer": "24"}
    renewed, problems = figures.sentence_held_to(text, template, now)
    assert problems == ["deer: 16 > 24"]
    assert renewed == "Before. It is 0.81\nof 24 deer, which is 5 %. After."
    assert figures.sentence_held_to("Other.", template, now) == (
        "Other.",
        [f"does not stand there: {template}"],
    )


def test_every_sentence_of_the_examples_stands_in_the_page(examples, figures) -> None:
    text = (ROOT / "docs" / "reid-optimization-analysis.md").read_text()
    for template in examples.SENTENCES:
        names = dict.fromkeys(re.findall(r"\{(\w+)\}", template), "1")
        _, problems = figures.sentence_held_to(text, template, names)
        assert not [problem for problem in problems if "does not stand" in problem]


def test_another_picture_is_another_picture(figures) -> None:
    images = ROOT / "docs" / "images"
    with Image.open(images / "report.png") as report, Image.open(images / "scores.png") as scores:
        assert figures.difference(report, report) == 0
        assert figures.difference(report, scores) == 255
        blank = Image.new("RGB", report.size, "white")
        assert figures.difference(report, blank) > figures.PICTURE_TOLERANCE
