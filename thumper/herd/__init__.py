"""The sample herd: drawn deer with markings of their own, so that everything can be tried without photographs.

shapes -> coats -> animals, and sites -> landscape -> scenes, are the pencil; season is the plan of who comes
where and when; album draws it and tables writes it down; loading puts it into the store, and removing takes it out again.
"""

from __future__ import annotations

from typing import Final

__all__ = ["COLLECTION", "album", "loading", "removing", "season", "torsos"]

COLLECTION: Final = "thumper-sample-herd"
"""The folder below the media root, and so the beginning of every path. Nobody's own folder has that name:
photographs in one called demo would pass for drawn ones, and get the herd for company."""
