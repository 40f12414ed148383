"""Upgrades: a filled store of the first release is saved, migrated, and goes back from its backup."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from thumper.backups.folder import BackupFolder
from thumper.backups.tests.first_release import IMAGES
from thumper.tests.test_repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumper.backups.tests.conftest import Installation

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
STORE: Final = "thumper.backups.tests.first_release"
FACTS: Final = {
    "rows": {
        **{"Camera": 1, "Deployment": 1, "Encounter": IMAGES, "Image": IMAGES, "Sighting": IMAGES},
        **{"Detection": IMAGES, "Deer": 3, "Embedding": IMAGES, "SimilarityScore": 2 * IMAGES},
        **{"Decision": IMAGES, "Operation": 2, "IdentityEvent": 40, "AuditPlan": 1, "AuditItem": 1},
    },
    "of Oak": 20,
    "reviewed": 20,
    "references": ["Oak", "Pine"],
    "bucks": 20,
    "merged": True,
    "sum of scores": 13_000 * IMAGES,
    "scores of the scorer in use": 2 * IMAGES,
    "threshold": ["0.7000", True, "default"],
    "place": "31.500000",
    "last": [f"{IMAGES - 1:064x}", "North gate", "2026-11-22 12:00:00+00:00"],
    "vector": [0.016947, 0.999856, 0.0, 0.0],
    "owner of the token": "ranger",
    "ranger": True,
}
"""What the store of the first release says, worked out by hand."""


def facts(installation: Installation) -> Any:
    return json.loads(installation.python(STORE, "facts"))


def test_a_store_of_the_first_release_is_saved_and_migrated(
    elsewhere: Callable[[], Installation],
) -> None:
    old = elsewhere()
    old.python(STORE, "fill")
    done = old.manage("upgrade")
    assert done.returncode == 0, done.stderr
    assert facts(old) == FACTS
    backups = BackupFolder(Path(old.env["THUMPER_HOME"]) / "backups")
    (saved,) = backups.all()
    assert f"Backup {saved.name} was made before." in done.stdout
    assert ("reid", "0002_audit_planted") not in saved.migrations
    assert saved.rows["reid_similarityscore"] == 2 * IMAGES
    assert not saved.has_photographs

    # Nothing is left to migrate, and so nothing to save.
    again = old.manage("upgrade")
    assert again.returncode == 0, again.stderr
    assert backups.names() == [saved.name]

    # The backup has the old schema; where it is restored, it is migrated.
    new = elsewhere()
    restored = new.manage("restore", str(backups.path))
    assert restored.returncode == 0, restored.stderr
    assert "It holds no photographs" in restored.stdout
    assert facts(new) == FACTS


def test_nothing_is_migrated_without_a_backup_that_was_asked_for(
    elsewhere: Callable[[], Installation], tmp_path: Path
) -> None:
    old = elsewhere()
    old.python(STORE, "fill")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("Dear Sir")
    refused = old.manage("upgrade", BACKUP_ROOT=str(tmp_path / "full"))
    assert refused.returncode == 1
    assert "holds other files: name an empty folder" in refused.stderr
    assert "Nothing was migrated" in refused.stderr
    assert "[ ] 0002_audit_planted" in old.manage("showmigrations", "reid").stdout
    done = old.manage("upgrade", "--no-backup", BACKUP_ROOT=str(tmp_path / "full"))
    assert done.returncode == 0, done.stderr
    assert facts(old) == FACTS


def test_run_upgrade_installs_and_then_upgrades(tmp_path: Path) -> None:
    """The new version may need a package to start at all, so that even its backup comes after them."""
    calls = tmp_path / "calls"
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >>{calls}\n')
    python.chmod(0o755)
    env = os.environ | {"THUMPER_VENV": str(tmp_path / "venv")}
    subprocess.run(["sh", "run", "upgrade", "--no-backup"], cwd=ROOT, env=env, check=True)
    asked = calls.read_text().splitlines()
    assert any("install.py requirements.lock" in call for call in asked[:-1])
    assert asked[-1] == "manage.py upgrade --no-backup"


def test_an_empty_database_has_nothing_to_save_or_upgrade(
    elsewhere: Callable[[], Installation],
) -> None:
    fresh = elsewhere()
    refused = fresh.manage("backup")
    assert refused.returncode == 1
    assert "There is no store to back up yet" in refused.stderr
    refused = fresh.manage("upgrade")
    assert refused.returncode == 1
    assert "There is no store in the embedded mode's database" in refused.stderr
    assert not list(Path(fresh.env["THUMPER_HOME"]).glob("backups/backups/*"))
