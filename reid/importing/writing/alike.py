"""Names that are much alike: noted where an import makes a camera or a deer beside one that may be the same."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from reid.importing.rows import Note
from reid.models import Camera, Deer
from reid.naming import alike_key

if TYPE_CHECKING:
    from collections.abc import Collection

KIND: Final = "names that are much alike"
CAMERAS: Final = (
    "The new camera {name!r} is much like {others}. If it is one camera, merge them: in the admin, under Cameras, "
    "filter by names that are much alike, tick both and choose to merge them, or run merge_cameras."
)
DEER: Final = (
    "The new deer {name!r} is much like {others}. If it is one deer, merge the profiles: in the admin, under Deer, "
    "filter by names that are much alike, tick both and choose to merge them."
)


class AlikeNames:
    """All names of cameras or of deer by what makes them alike; read when the first new one comes."""

    def __init__(self, model: type[Camera] | type[Deer]) -> None:
        self._model = model
        self._text = CAMERAS if model is Camera else DEER
        self._by_key: defaultdict[str, set[str]] | None = None

    def notes(self, new: Collection[str]) -> list[Note]:
        """What to say of names that were stored a moment ago, each once."""
        if not new:
            return []
        if self._by_key is None:
            self._by_key = defaultdict(set)
            names = self._model._default_manager.exclude(name__in=new).values_list(
                "name", flat=True
            )
            for name in names.iterator():
                self._by_key[alike_key(name)].add(name)
        notes = []
        for name in sorted(new):
            key = alike_key(name)
            if key and (others := sorted(self._by_key[key] - {name})):
                listed = " and ".join(map(repr, others[:5]))
                notes.append(Note(KIND, self._text.format(name=name, others=listed)))
            self._by_key[key].add(name)
        return notes
