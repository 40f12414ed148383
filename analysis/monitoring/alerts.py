"""Alerts of a snapshot: what is wrong with identification, in sentences, and whether that is news. Pure.

States: (off) -> raised -> on ... -> cleared -> (off). An alert is raised once, is on at every later snapshot
that finds it so, and is cleared once. What a snapshot cannot judge stays as it was.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from analysis.monitoring.retraining_advice import advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analysis.monitoring.retraining_advice import Learning
    from analysis.stats.drift import AssignmentCount, Limits, Stability

STALE_TOLERATED: Final = 0.01

RATE_FELL: Final = (
    "Of the last {trials} sightings {share:.1%} were assigned, below the control limit of {lower:.1%} (usual: "
    "{centre:.1%}): look for deer without a name and for a camera that was moved."
)
SCORES_DRIFTED: Final = (
    "The best scores of the last {trials} sightings are unlike the earlier ones (PSI {psi:.2f}; chance explains "
    "{bound:.2f}): look for a new camera, season or coat."
)
THRESHOLD_EXPIRED: Final = "The threshold in force, {threshold:.4f}, has expired, because {why}: see the page /thresholds/."
THRESHOLD_UNPROVEN: Final = "The threshold in force, {threshold:.4f}, assigns without a proof: judge a sample of its names on the page /review/audit."
THRESHOLD_OVERRIDDEN: Final = (
    "Runs assign at {override:.4f} by REID_THRESHOLD, without a proof and in place of what is approved: remove the "
    "setting."
)
THRESHOLD_READY: Final = (
    "A threshold can be approved: {threshold:.4f} is proven and would assign {assigned} of {unreviewed} unreviewed "
    "sightings, where {now} are assigned now. It is proposed, and nobody but a person applies it: see the page "
    "/thresholds/."
)
SCORES_STALE: Final = (
    "{stale} of {embedded} embedded detections wait for their scores, more than before: see on the page "
    "/health/ whether the worker for identification runs."
)


class Alert(StrEnum):
    RATE_FELL = "rate_fell"
    SCORES_DRIFTED = "scores_drifted"
    THRESHOLD_EXPIRED = "threshold_expired"
    THRESHOLD_UNPROVEN = "threshold_unproven"
    THRESHOLD_READY = "threshold_ready"
    SCORES_STALE = "scores_stale"
    RETRAINING = "retraining"


class AlertState(StrEnum):
    RAISED = "raised"
    ON = "on"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert as one snapshot has it; `since` is the day on which it was raised."""

    kind: Alert
    state: AlertState
    since: str
    text: str

    @property
    def is_on(self) -> bool:
        return self.state is not AlertState.CLEARED

    @property
    def is_news(self) -> bool:
        return self.state is not AlertState.ON

    def to_json(self) -> dict[str, str]:
        return {name: str(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Standing:
        return cls(
            Alert(record["kind"]), AlertState(record["state"]), record["since"], record["text"]
        )


@dataclass(frozen=True, slots=True)
class ReadyThreshold:
    """A proven threshold that nobody has approved: a similarity, and the unreviewed sightings that it would assign.

    `assigned_now` are assigned by the one in force; `left` is the sentence on what it leaves for review, or empty.
    """

    threshold: float
    assigned: int
    unreviewed: int
    assigned_now: int
    left: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """The facts of one snapshot. `sample` is None where too few sightings came in to be judged.

    `limits` is None where nothing is assigned, `stability` where scores have no spread; `threshold` is a
    similarity, None where none is approved, and its state is none, proven, unproven or expired; `override` is the
    similarity at which runs assign instead, None where REID_THRESHOLD is not set; `stale_before` is None at the
    first snapshot; `ready` is None where no threshold waits for an approval.
    """

    sample: AssignmentCount | None
    limits: Limits | None
    stability: Stability | None
    threshold: float | None
    threshold_state: str
    why_expired: str
    stale: int
    stale_before: int | None
    embedded: int
    learning: Learning
    override: float | None = None
    ready: ReadyThreshold | None = None


def follow(before: Iterable[Standing], facts: SnapshotFacts, day: str) -> tuple[Standing, ...]:
    """The alerts of this snapshot, after those of the one before."""
    earlier = {item.kind: item for item in before if item.is_on}
    texts = {
        Alert.RATE_FELL: _rate(facts),
        Alert.SCORES_DRIFTED: _scores(facts),
        Alert.THRESHOLD_EXPIRED: _threshold(facts, "expired", THRESHOLD_EXPIRED),
        Alert.THRESHOLD_UNPROVEN: _unproven(facts),
        Alert.THRESHOLD_READY: _ready(facts.ready),
        Alert.SCORES_STALE: _stale(facts, is_on=Alert.SCORES_STALE in earlier),
    }
    standing = [item for kind, text in texts.items() if (item := _next(earlier, kind, text, day))]
    on = {item.kind for item in standing if item.is_on}
    text = advice(
        facts.learning,
        has_fallen=Alert.RATE_FELL in on,
        has_drifted=Alert.SCORES_DRIFTED in on,
    )
    last = _next(earlier, Alert.RETRAINING, text, day)
    return (*standing, last) if last else tuple(standing)


def _next(
    earlier: Mapping[Alert, Standing], kind: Alert, text: str | None, day: str
) -> Standing | None:
    """The alert's next state; `text` is empty where it is off, None where that is unknown."""
    previous = earlier.get(kind)
    if previous is None:
        return Standing(kind, AlertState.RAISED, day, text) if text else None
    if text == "":
        return Standing(kind, AlertState.CLEARED, previous.since, previous.text)
    return Standing(kind, AlertState.ON, previous.since, text or previous.text)


def _rate(facts: SnapshotFacts) -> str | None:
    if facts.threshold is None:
        return ""  # nothing is assigned any more, so no rate can be too low
    if facts.sample is None or facts.limits is None:
        return None
    lower = facts.limits.lower
    if lower is None or facts.sample.share >= lower:
        return ""
    return RATE_FELL.format(
        trials=facts.sample.trials,
        share=facts.sample.share,
        lower=lower,
        centre=facts.limits.centre,
    )


def _scores(facts: SnapshotFacts) -> str | None:
    if facts.sample is None or facts.stability is None:
        return None
    if not facts.stability.is_drift:
        return ""
    return SCORES_DRIFTED.format(
        trials=facts.sample.trials, psi=facts.stability.value, bound=facts.stability.bound
    )


def _threshold(facts: SnapshotFacts, state: str, text: str) -> str:
    if facts.threshold is None or facts.threshold_state != state:
        return ""
    return text.format(threshold=facts.threshold, why=facts.why_expired)


def _unproven(facts: SnapshotFacts) -> str:
    if facts.override is not None:
        return THRESHOLD_OVERRIDDEN.format(override=facts.override)
    return _threshold(facts, "unproven", THRESHOLD_UNPROVEN)


def _ready(ready: ReadyThreshold | None) -> str:
    if ready is None:
        return ""
    text = THRESHOLD_READY.format(
        threshold=ready.threshold,
        assigned=ready.assigned,
        unreviewed=ready.unreviewed,
        now=ready.assigned_now,
    )
    return f"{text} {ready.left}".rstrip()


def _stale(facts: SnapshotFacts, *, is_on: bool) -> str:
    """Raised where they grow, and on until they are worked off: some are stale after every review."""
    if facts.stale <= STALE_TOLERATED * facts.embedded:
        return ""
    grows = facts.stale_before is not None and facts.stale > facts.stale_before
    return SCORES_STALE.format(stale=facts.stale, embedded=facts.embedded) if grows or is_on else ""
