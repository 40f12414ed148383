"""Re-identification: what is stored, how an animal is compared with known deer, and what people decide."""

from __future__ import annotations

__all__ = ["checks", "jobs", "signals", "taxonomy", "units"]
