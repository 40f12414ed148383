"""Pictures as people may see them: whole photographs, crops and torsos, with people and vehicles made unrecognisable."""

from __future__ import annotations

__all__ = ["blurring", "crops", "photographs", "regions"]
