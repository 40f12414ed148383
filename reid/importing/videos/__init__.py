"""Videos of an import: rows of them made into rows of their frames, and what is stored of them."""

from __future__ import annotations

__all__ = ["stored", "unfold"]
