"""Names in an import: cameras and deer, looked up for each batch, the new ones created.

Two of them may be merged while the import runs: the next batch finds the one that goes on. Spellings that fold
alike (`reid.naming.name_key`) are one name; a deer's former name leads to the deer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.importing.reading.words import survivor
from reid.importing.writing.alike import AlikeNames
from reid.models import Camera, Deer, FormerName
from reid.naming import clean_name, name_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from reid.importing.report import ReportBuilder
    from reid.models import Import


class Names:
    """Cameras and deer by the spellings that the source uses; what it creates is counted in `tally`."""

    def __init__(self, tally: ReportBuilder, record: Import, time_zone: str) -> None:
        self._tally = tally
        self._record = record
        self._time_zone = time_zone
        self._alike_cameras = AlikeNames(Camera)
        self._alike_deer = AlikeNames(Deer)
        self.cameras: dict[str, Camera] = {}
        self.deer: dict[str, Deer] = {}

    def learn_cameras(self, names: set[str]) -> None:
        """Know every camera of the batch, the new ones created with the import's zone."""
        spellings = {name: name_key(name) for name in sorted(names)}
        if not spellings:
            return
        cameras = Camera.by_keys(spellings.values())
        new = {
            key: Camera(
                name=clean_name(name), time_zone=self._time_zone, made_by_import=self._record
            )
            for name, key in spellings.items()
            if key not in cameras
        }
        if new:  # read back: another import may have been quicker
            Camera.objects.bulk_create(new.values(), ignore_conflicts=True)
            cameras |= Camera.by_keys(new)
            created = [row.name for key, row in new.items() if cameras[key].pk == row.pk]
            self._tally.cameras += len(created)
            self._note(self._alike_cameras, created)
        self.cameras |= {name: cameras[key] for name, key in spellings.items()}

    def learn_deer(self, names: set[str]) -> None:
        """Know every deer of the batch; a merged one is the one it was merged into."""
        spellings = {name: name_key(name) for name in sorted(names)}
        if not spellings:
            return
        deer_of = _deer_by_key(spellings.values())
        new = {
            key: Deer(name=clean_name(name), made_by_import=self._record)
            for name, key in spellings.items()
            if key not in deer_of
        }
        if (
            new
        ):  # read back: another import may have been quicker, and a review have renamed it since
            Deer.objects.bulk_create(new.values(), ignore_conflicts=True)
            deer_of |= _deer_by_key(new)
            created = [row.name for key, row in new.items() if deer_of[key].pk == row.pk]
            self._tally.deer += len(created)
            self._note(self._alike_deer, created)
        self.deer |= {name: survivor(deer_of[key]) for name, key in spellings.items()}

    def _note(self, alike: AlikeNames, created: Collection[str]) -> None:
        for note in alike.notes(created):
            self._tally.note(note)


def _deer_by_key(keys: Iterable[str]) -> dict[str, Deer]:
    """Deer by the keys of their names, the former ones too; who bears a name now goes before who bore it."""
    wanted = list(keys)
    former = FormerName.objects.select_related("deer").in_bulk(wanted, field_name="name_key")
    deer_of = {key: row.deer for key, row in former.items()}
    return deer_of | Deer.objects.in_bulk(wanted, field_name="name_key")
