"""The layout of the code: layers, circles, sizes of folders and modules, and the faces of packages."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from configparser import ConfigParser
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import grimp
import pytest

from thumper.tests.test_numerical_docs import NUMERICAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parents[2]
APPS = ("thumper", "exports", "reid", "analysis")
MOST_MODULES = 12
MOST_LINES = 250
LONGER = {
    "reid/matching/calibration.py": "one calibration: how it scores, and how its weights are fitted",
    "analysis/score_log/sighting_log.py": "one pass over the log, and what it is collected into",
    "thumper/settings.py": "one list of settings, read from top to bottom",
    "thumper/management/commands/up.py": "one process tree, started and stopped in one place",
    "thumper/herd/animals.py": "one drawing of an animal, limb by limb",
    "exports/report/sections.py": "one section of the report after another",
    "reid/hub/catalogue.py": "one network of the catalogue after another",
    "reid/detecting/fetching/catalogue.py": "one detector of the catalogue after another",
    "reid/models/detections.py": "deer and detections, with every read of them as a method of its query set",
    "reid/training/finetune.py": "one loop over epochs with its checkpoints",
    "reid/training/methods.py": "three methods with one signature, to be read side by side",
}
"""Modules that may pass the limit, and why they are not two."""
MANY_MODULES = {
    "reid/models": "one module an entity",
    "reid/management/commands": "Django finds commands in this one folder alone",
}
"""Folders that may have more modules, and why."""
CALLED_BY_DJANGO = {
    "reid.admin": "autodiscovery loads the face, which registers its modules",
    "analysis.admin": "autodiscovery loads the face, which registers its modules",
    "thumper.postgres": "ENGINE of the database names the package, Django loads its module base",
}
"""Packages whose names nothing in the repository imports."""


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listing.stdout.splitlines() if (ROOT / name).exists()]


def is_of_tests(path: str) -> bool:
    return "/tests/" in path or path.endswith("conftest.py")


SOURCES = [path for path in tracked() if not is_of_tests(path) and "/migrations/" not in path]
MODULES = [path for path in SOURCES if path.split("/")[0] in APPS]
PACKAGES = sorted(path.rpartition("/")[0] for path in MODULES if path.endswith("/__init__.py"))
FOLDERS = PACKAGES + sorted(
    {path.rpartition("/")[0] for path in SOURCES if path.startswith(("benchmarks/", "docs/"))}
)


@cache
def parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


# --- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name not in MANY_MODULES])
def test_a_folder_has_few_modules(folder: str) -> None:
    here = [path for path in SOURCES if path.rpartition("/")[0] == folder]
    modules = [path for path in here if not path.endswith("/__init__.py")]
    assert len(modules) <= MOST_MODULES, modules


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {path.rpartition("/")[0] for path in MODULES}
    assert folders == set(PACKAGES)


def docstring_lines(path: str) -> int:
    """Of the module, its classes and its functions."""
    first = [
        node.body[0]
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node)
    ]
    return sum((node.end_lineno or node.lineno) - node.lineno + 1 for node in first)


@pytest.mark.parametrize("path", MODULES)
def test_a_module_is_short_or_says_why_not(path: str) -> None:
    lines = len((ROOT / path).read_text().splitlines())
    if dotted(path) in NUMERICAL:  # their docstrings have a section for every parameter
        lines -= docstring_lines(path)
    if path in LONGER:
        assert lines > MOST_LINES, f"{path} is short again: take it off the list"
    else:
        assert lines <= MOST_LINES


def test_no_module_is_excused_that_is_gone() -> None:
    assert set(LONGER) <= set(MODULES)


def test_tests_lie_in_tests_folders_of_what_they_test() -> None:
    outside = [
        path
        for path in tracked()
        if path.split("/")[0] in (*APPS, "benchmarks", "docs")
        and Path(path).name.startswith("test_")
        and "/tests/" not in path
        and "/management/commands/" not in path  # test_reid_thresholds is a command
    ]
    assert outside == []
    for path in tracked():
        if "/tests/" in path:
            package, _, inside = path.partition("/tests/")
            assert (ROOT / package / "__init__.py").exists(), path
            assert "/" not in inside, path


# --- circles --------------------------------------------------------------------------------------


def circles(nodes: Iterable[str], arrows: Callable[[str], Iterable[str]]) -> list[list[str]]:
    """Strongly connected components of more than one node (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in arrows(node):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            place = stack.index(node)
            component = sorted(stack[place:])
            del stack[place:]
            if len(component) > 1:
                components.append(component)

    for node in nodes:
        if node not in index:
            visit(node)
    return components


@cache
def imports() -> grimp.ImportGraph:
    """Who imports whom, imports for type checkers included."""
    return grimp.build_graph(*APPS, exclude_type_checking_imports=False, cache_dir=None)


def test_circles_are_seen() -> None:
    arrows = {"a": "b", "b": "c", "c": "a", "d": "a", "e": "f", "f": "e", "g": ""}
    assert sorted(circles(arrows, lambda node: arrows[node])) == [["a", "b", "c"], ["e", "f"]]


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = imports()
    modules = {dotted(path) for path in MODULES}
    assert modules <= graph.modules
    assert (
        circles(modules, lambda name: graph.find_modules_directly_imported_by(name) & modules) == []
    )


def test_no_packages_import_each_other_in_a_circle() -> None:
    """An app's own modules (apps, jobs, urls) stand above or below its packages, each by itself."""
    graph = imports()
    part_of = {
        dotted(path): ".".join(dotted(path).split(".")[:2]) for path in MODULES if "/" in path
    }
    arrows: dict[str, set[str]] = {part: set() for part in part_of.values()}
    for module, part in part_of.items():
        for imported in graph.find_modules_directly_imported_by(module):
            if part_of.get(imported, part) != part:
                arrows[part].add(part_of[imported])
    assert circles(arrows, lambda part: arrows[part]) == []


# --- faces ----------------------------------------------------------------------------------------


def face_of(package: str) -> list[str] | None:
    for statement in parsed(f"{package}/__init__.py").body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
            if isinstance(target, ast.Name) and target.id == "__all__" and statement.value:
                names: list[str] = ast.literal_eval(statement.value)
                return names
    return None


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_has_a_face(package: str) -> None:
    assert ast.get_docstring(parsed(f"{package}/__init__.py")), "says what the package is"
    names = face_of(package)
    assert names is not None, "names in __all__ what others may use"
    assert len(names) == len(set(names))
    defined = {
        name.id
        for statement in parsed(f"{package}/__init__.py").body
        for name in ast.walk(statement)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    imported = {
        alias.asname or alias.name
        for statement in ast.walk(parsed(f"{package}/__init__.py"))
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    for name in names:
        is_module = (ROOT / package / f"{name}.py").exists()
        assert is_module or name in defined | imported, f"{name} does not exist"


@cache
def used_names() -> dict[str, set[str]]:
    """Of each package the names that modules outside it use: imported, as attributes, or in strings."""
    packages = {package.replace("/", ".") for package in PACKAGES}
    names: dict[str, set[str]] = {package: set() for package in packages}
    for path in SOURCES:
        home = dotted(path) if path.endswith("/__init__.py") else dotted(path).rpartition(".")[0]
        for mention in mentions(parsed(path), packages):
            parts = mention.split(".")
            for length in range(1, len(parts)):
                package, name = ".".join(parts[:length]), parts[length]
                # Benchmarks start what tests start; tests are part of no face.
                is_inside = f"{home}.".startswith(f"{package}.") or name == "tests"
                if package in packages and not is_inside and f"{package}.{name}" not in packages:
                    names[package].add(name)
    return names


def mentions(module: ast.Module, packages: set[str]) -> Iterator[str]:
    """Dotted names of the apps' modules, and of names in them, that the module uses."""
    known_as: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in packages:
                    known_as[alias.asname or alias.name] = name
                yield name
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        # urls, settings and queued jobs name modules in strings.
        elif isinstance(node, ast.Constant) and is_name_of_a_module(node.value):
            yield str(node.value)
    for node in ast.walk(module):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in known_as
        ):
            yield f"{known_as[node.value.id]}.{node.attr}"


def is_name_of_a_module(text: object) -> bool:
    """Whether it is "reid.jobs.score" and the like, and no permission such as "reid.add_threshold"."""
    parts = text.split(".") if isinstance(text, str) else []
    if len(parts) < 2 or parts[0] not in APPS or not all(part.isidentifier() for part in parts):
        return False
    return (ROOT / parts[0] / parts[1]).is_dir() or (ROOT / parts[0] / f"{parts[1]}.py").exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_face_names_what_others_use_and_nothing_else(package: str) -> None:
    names = set(face_of(package) or ())
    used = used_names()[package.replace("/", ".")]
    assert used <= names, "others import what the face does not name"
    if package.replace("/", ".") not in CALLED_BY_DJANGO:
        assert names <= used, "nobody outside uses these"


# --- layers ---------------------------------------------------------------------------------------

PLANTED = {
    "apps": ("reid/units.py", "from exports.requests import rules"),
    "thumper": ("thumper/logs.py", "from thumper.pages import home"),
    "exports": ("exports/requests/rules.py", "from exports.lifecycle import records"),
    "analysis": ("analysis/stats/intervals.py", "from analysis.reports import frames"),
    "reid": ("reid/matching/decide.py", "from reid.identifying import approval"),
    "pure": ("analysis/stats/intervals.py", "import django"),
    "torch": ("reid/matching/stored_gallery.py", "import torch"),
    "weasyprint": ("exports/report/sections.py", "import weasyprint"),
}
"""Of each contract a module, and a line that the contract forbids in it."""
NEIGHBOURS = {
    "apps": ("exports/requests/rules.py", "from analysis.stats import intervals"),
    "thumper": ("thumper/pages/search.py", "from thumper import cron"),
    "exports": ("exports/camtrap/terms.py", "from exports.report import wording"),
    "analysis": ("analysis/management/arguments.py", "from analysis.admin import history"),
    "reid": ("reid/identifying/approval.py", "from reid.api import query"),
}
"""Of each contract of layers a module and a line that joins two packages of one layer."""


def contracts() -> ConfigParser:
    config = ConfigParser()
    config.read(ROOT / ".importlinter")
    return config


def lint(folder: Path, contract: str = "") -> subprocess.CompletedProcess[str]:
    """Of one contract, or of all; the cache of each folder is its own."""
    return subprocess.run(
        [
            *(Path(sys.executable).parent / "lint-imports", "--no-cache"),
            *(("--contract", contract) if contract else ()),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(folder), "PATH": ""},
    )


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules, without their tests, where a line may be added to one."""
    folder = tmp_path_factory.mktemp("copied")
    for app in APPS:
        shutil.copytree(ROOT / app, folder / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def test_no_layer_is_broken() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_each_contract_has_a_planted_violation() -> None:
    prefix = "importlinter:contract:"
    names = {name.removeprefix(prefix) for name in contracts().sections() if prefix in name}
    assert names == set(PLANTED)
    layered = {name for name in names if contracts()[prefix + name]["type"] == "layers"}
    assert layered == set(NEIGHBOURS)
    assert layered == {"apps", *APPS}


def test_packages_of_one_layer_are_independent() -> None:
    for name in NEIGHBOURS:
        assert ":" not in contracts()[f"importlinter:contract:{name}"]["layers"]


@pytest.mark.parametrize(
    ("contract", "path", "line"),
    [
        (contract, path, line)
        for planted in (PLANTED, NEIGHBOURS)
        for contract, (path, line) in planted.items()
    ],
)
def test_a_planted_violation_is_seen(copied: Path, contract: str, path: str, line: str) -> None:
    """The contracts have teeth: a copy in which one module imports what it must not does not pass."""
    module = copied / path
    text = module.read_text()
    module.write_text(f"{text}\n{line}\n")
    try:
        done = lint(copied, contract)
    finally:
        module.write_text(text)
    assert done.returncode == 1, done.stdout
    *_, name = line.split(" import ") if line.startswith("from") else (line, line.split()[1])
    assert f"{dotted(path)} -> " in done.stdout
    assert name in done.stdout.rpartition("Broken contracts")[2]
