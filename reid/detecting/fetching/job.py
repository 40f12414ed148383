"""Job of a detector's conversion, as it goes from the server to the Python of the conversion's own environment."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from reid.detecting.fetching.catalogue import CatalogueDetector, Family

if TYPE_CHECKING:
    from reid.detecting.fetching.weights import Checksums


@dataclass(frozen=True, slots=True)
class Job:
    """Job of a conversion: the detector, its file of weights and their checksums, MODEL_ROOT, the file for the answer."""

    detector: CatalogueDetector
    weights: Path
    md5: str
    sha256: str
    root: Path
    answer: Path

    @classmethod
    def of(
        cls,
        detector: CatalogueDetector,
        weights: Path,
        checksums: Checksums,
        root: Path,
        answer: Path,
    ) -> Self:
        return cls(detector, weights, checksums.md5, checksums.sha256, root, answer)

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> Self:
        data = json.loads(text)
        facts = data["detector"]
        facts["family"] = Family(facts["family"])
        paths = {name: Path(data[name]) for name in ("weights", "root", "answer")}
        return cls(CatalogueDetector(**facts), md5=data["md5"], sha256=data["sha256"], **paths)
