"""Undo of imports: what one made goes, what it changed goes back, and what people did since is not lost.

The identities that an import gave are taken back through an operation, as a review is. Rows that the log names are hidden and
purged once it names them no more; all others are deleted.
"""

from __future__ import annotations

__all__ = ["purge", "undo"]
