"""Tables: CSV, TSV and Excel files read alike, however a program saved them."""

from __future__ import annotations

__all__ = [
    "bundle",
    "clocks",
    "columns",
    "fields",
    "labels",
    "numbers",
    "source",
    "synonyms",
    "table",
    "workbook",
]
