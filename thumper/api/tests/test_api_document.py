"""The OpenAPI document against a real server: what it allows is answered as it says, and nothing breaks.

A campaign of its own program (schemathesis), with a fixed seed: the same requests each time.
"""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from reid.tests import make

SEED = 20251122
CHECKS = (
    "not_a_server_error",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "missing_required_header",
    "unsupported_method",
    "status_code_conformance",
    "negative_data_rejection",
)
"""All but those that do not know what an API may refuse: what its rules forbid is well-formed all the same."""


@pytest.fixture
def uncapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the site: as many exports as a campaign likes."""
    for name in ("EXPORT_MAX_RUNNING", "EXPORT_MAX_PER_MINUTE"):
        monkeypatch.setenv(name, str(10**6))


def store_something() -> None:
    """One row at least of what the API lists."""
    camera = make.camera(latitude=29.7, longitude=-99.1)
    deer = make.deer(sex="buck")
    image = make.image(camera=camera, with_file=True)
    make.detection(image=image, deer=deer, classification="buck")
    make.detection(image=make.image(with_file=True))


@pytest.mark.slow
@pytest.mark.service
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("export_root", "redis_client", "uncapped")
@pytest.mark.parametrize(
    "paths",
    ["^/api/(exports|static)/", "^/api/(?!exports|static)"],
    ids=["exports", "everything else"],
)
def test_the_server_answers_as_its_document_says(site: str, tmp_path: Path, paths: str) -> None:
    store_something()
    options = ("--checks", ",".join(CHECKS), "--include-path-regex", paths)
    done = _campaign(site, tmp_path, *options, "--max-examples", "30")
    assert done.returncode == 0, done.stdout


def _campaign(site: str, folder: Path, *options: str) -> Any:
    document = folder / "openapi.yml"  # fetched here: the program waits ten seconds for it
    with urllib.request.urlopen(f"{site}/api/schema/", timeout=300) as answer:
        document.write_bytes(answer.read())
    program = str(Path(sys.executable).parent / "schemathesis")
    return subprocess.run(
        [
            *(program, "run", str(document), "--url", site),
            *("--phases", "examples,coverage,fuzzing", "--seed", str(SEED)),
            "--generation-deterministic",
            *("--continue-on-failure", "--no-color", "--request-timeout", "120", *options),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
