"""Fixture of packages on the disk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as PILImage

from reid.importing.formats.packages.contents import TABLES
from reid.importing.formats.packages.tests.packages import DEPLOYMENT, PROFILE, as_csv, observed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def package(tmp_path: Path):
    def package(
        photographs: list[dict[str, str]],
        observations: list[dict[str, str]],
        deployments: tuple[dict[str, str], ...] = (DEPLOYMENT,),
        **descriptor: Any,
    ) -> Path:
        folder = tmp_path / "mica"
        (folder / "media").mkdir(parents=True, exist_ok=True)
        (folder / "deployments.csv").write_text(as_csv(list(deployments)))
        (folder / "media.csv").write_text(as_csv(photographs))
        (folder / "observations.csv").write_text(as_csv(observations or [observed("x")][:1]))
        resources = [{"name": name, "path": f"{name}.csv"} for name in TABLES]
        text = json.dumps({"resources": resources, "profile": PROFILE} | descriptor)
        (folder / "datapackage.json").write_text(text)
        for number, item in enumerate(photographs):
            if "://" not in item["filePath"] and ".." not in item["filePath"]:
                picture = PILImage.new("RGB", (640, 480), (80 * number, 0, 0))
                picture.save(folder / item["filePath"], "JPEG")
        return folder

    return package
