"""Job of a conversion, as it goes from the server to the Python of the conversion's own environment, and its refusal."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from reid.hub.catalogue import Family, HubModel
from reid.networks.model_card import Interpolation


@dataclass(frozen=True, slots=True)
class Job:
    """Job of a conversion: the network, MODEL_ROOT, the folder of downloads, the hub's address, the file for the answer."""

    model: HubModel
    root: Path
    downloads: Path
    endpoint: str
    answer: Path

    @property
    def file(self) -> Path:
        """Where the weights lie, downloaded or brought."""
        return self.downloads / self.model.file

    @property
    def url(self) -> str:
        model = self.model
        return f"{self.endpoint}/{model.repository}/resolve/{model.revision}/{model.file}"

    def to_json(self) -> str:
        paths = {"root": str(self.root), "downloads": str(self.downloads)}
        facts = {"model": asdict(self.model), "endpoint": self.endpoint, "answer": str(self.answer)}
        return json.dumps(facts | paths)

    @classmethod
    def from_json(cls, text: str) -> Job:
        data = json.loads(text)
        facts = data["model"]
        facts |= {
            "mean": tuple(facts["mean"]),
            "std": tuple(facts["std"]),
            "family": Family(facts["family"]),
            "interpolation": Interpolation(facts["interpolation"]),
        }
        paths = {name: Path(data[name]) for name in ("root", "downloads", "answer")}
        return cls(model=HubModel(**facts), endpoint=data["endpoint"], **paths)


class ConversionRefused(RuntimeError):
    """A network that is not converted; the message is one sentence that says what to do."""


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    lines = [line.strip(" \t.:") for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
