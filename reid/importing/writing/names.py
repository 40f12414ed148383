"""Names in an import: cameras and deer, looked up a batch at a time, the new ones created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reid.models import Camera, Deer

if TYPE_CHECKING:
    from reid.importing.report import ReportBuilder


class Names:
    """Cameras and deer by the names that the source uses; what it creates is counted in `tally`."""

    def __init__(self, tally: ReportBuilder, time_zone: str) -> None:
        self._tally = tally
        self._time_zone = time_zone
        self.cameras: dict[str, Camera] = {}
        self.deer: dict[str, Deer] = {}

    def learn_cameras(self, names: set[str]) -> None:
        """Know every camera of the batch, the new ones created with the import's zone."""
        names = names - self.cameras.keys()
        self.cameras |= Camera.objects.in_bulk(list(names), field_name="name")
        new = names - self.cameras.keys()
        self._tally.cameras += len(new)
        Camera.objects.bulk_create(
            (Camera(name=name, time_zone=self._time_zone) for name in sorted(new)),
            ignore_conflicts=True,
        )
        if new:  # read back: another import may have been quicker
            self.cameras |= Camera.objects.in_bulk(list(new), field_name="name")

    def learn_deer(self, names: set[str]) -> None:
        """Know every deer of the batch; a merged one is the one it was merged into."""
        names = names - self.deer.keys()
        deer_of = Deer.objects.in_bulk(list(names), field_name="name")
        new = names - deer_of.keys()
        self._tally.deer += len(new)
        Deer.objects.bulk_create((Deer(name=name) for name in sorted(new)), ignore_conflicts=True)
        if new:
            deer_of |= Deer.objects.in_bulk(list(new), field_name="name")
        for name, deer in deer_of.items():
            while deer.merged_into is not None:
                deer = deer.merged_into
            self.deer[name] = deer
