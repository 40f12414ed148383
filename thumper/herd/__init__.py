"""The sample herd: drawn deer with markings of their own, so that everything can be tried without photographs.

shapes -> coats -> animals, and sites -> landscape -> scenes, are the pencil; season is the plan of who comes
where and when; album draws it and tables writes it down; loading puts it into the store.
"""

from __future__ import annotations
