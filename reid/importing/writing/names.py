"""Names in an import: cameras and deer, looked up a batch at a time, the new ones created.

Spellings that fold alike (`reid.naming.name_key`) are one name; a deer's former name leads to the deer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.models import Camera, Deer, FormerName
from reid.naming import clean_name, name_key

if TYPE_CHECKING:
    from reid.importing.report import ReportBuilder
    from reid.models import Import


class Names:
    """Cameras and deer by the spellings that the source uses; what it creates is counted in `tally`."""

    def __init__(self, tally: ReportBuilder, record: Import, time_zone: str) -> None:
        self._tally = tally
        self._record = record
        self._time_zone = time_zone
        self.cameras: dict[str, Camera] = {}
        self.deer: dict[str, Deer] = {}

    def learn_cameras(self, names: set[str]) -> None:
        """Know every camera of the batch, the new ones created with the import's zone."""
        spellings = {name: name_key(name) for name in sorted(names - self.cameras.keys())}
        if not spellings:
            return
        cameras = Camera.objects.in_bulk(list(spellings.values()), field_name="name_key")
        new = {key: name for name, key in spellings.items() if key not in cameras}
        self._tally.cameras += len(new)
        Camera.objects.bulk_create(
            (
                Camera(
                    name=clean_name(name), time_zone=self._time_zone, made_by_import=self._record
                )
                for name in new.values()
            ),
            ignore_conflicts=True,
        )
        if new:  # read back: another import may have been quicker
            cameras |= Camera.objects.in_bulk(list(new), field_name="name_key")
        self.cameras |= {name: cameras[key] for name, key in spellings.items()}

    def learn_deer(self, names: set[str]) -> None:
        """Know every deer of the batch; a merged one is the one it was merged into."""
        spellings = {name: name_key(name) for name in sorted(names - self.deer.keys())}
        if not spellings:
            return
        keys = list(spellings.values())
        former = FormerName.objects.select_related("deer").in_bulk(keys, field_name="name_key")
        deer_of = {key: row.deer for key, row in former.items()}
        deer_of |= Deer.objects.in_bulk(keys, field_name="name_key")
        new = {key: name for name, key in spellings.items() if key not in deer_of}
        self._tally.deer += len(new)
        Deer.objects.bulk_create(
            (Deer(name=clean_name(name), made_by_import=self._record) for name in new.values()),
            ignore_conflicts=True,
        )
        if new:
            deer_of |= Deer.objects.in_bulk(list(new), field_name="name_key")
        for name, key in spellings.items():
            deer = deer_of[key]
            while deer.merged_into is not None:
                deer = deer.merged_into
            self.deer[name] = deer
