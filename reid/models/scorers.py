"""Scorers: what gives a detection and a deer their score, and which of them is in use.

A score log, its thresholds, audits, runs and snapshots belong to one scorer. Scores of two scorers never meet.
"""

from __future__ import annotations

import uuid
from typing import Literal

from django.db import models
from django.db.models import Q

from reid.models.spaces import EmbeddingSpace

NO_VECTORS = (
    "The scorer {scorer} has no embedding space of its own, and none is active: activate one with manage.py "
    "embedding_spaces activate."
)


class ScorerManager(models.Manager["Scorer"]):
    def active(self) -> Scorer | None:
        """The one scorer that runs use, where there is one yet."""
        return self.filter(is_active=True).select_related("space").first()

    def of(self, space: EmbeddingSpace) -> Scorer:
        """The embedding scorer of a space. Raises Scorer.DoesNotExist where the space was not registered."""
        of_space = self.filter(space=space, kind=Scorer.Kind.EMBEDDING)
        return of_space.select_related("space").get()

    def newest_matcher(self) -> Scorer | None:
        """The pattern scorer that was made last, where there is one yet."""
        return self.filter(kind=Scorer.Kind.PATTERN).order_by("-created_at").first()

    def register(self, space: EmbeddingSpace) -> Scorer:
        """The embedding scorer of a space, made where it is new."""
        scorer, _ = self.get_or_create(
            fingerprint=space.fingerprint,
            defaults={"kind": Scorer.Kind.EMBEDDING, "name": space.name, "space": space},
        )
        return scorer


class Scorer(models.Model):
    """What scores pairs of a detection and a deer, named by a SHA-256 fingerprint of all that moves a score.

    embedding: cosines of the vectors of `space`; its fingerprint is the space's. pattern: matched keypoints.
    fused: both of them, calibrated. It never changes: another calibration is another scorer.
    """

    class Kind(models.TextChoices):
        EMBEDDING = "embedding"
        PATTERN = "pattern"
        FUSED = "fused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64, unique=True)
    # What was scored stays explainable: neither the space nor a part may go.
    space = models.ForeignKey(
        EmbeddingSpace, on_delete=models.PROTECT, null=True, blank=True, related_name="scorers"
    )
    embedding = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of a fused one: the part that compares embeddings.",
    )
    pattern = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of a fused one: the part that compares patterns.",
    )
    specification = models.JSONField(
        default=dict,
        blank=True,
        help_text="The pattern matcher's card, or the frozen calibration; empty for embeddings.",
    )
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # What a run makes takes the place of no person's choice.
    chosen_at = models.DateTimeField(
        null=True, blank=True, help_text="When a person last put it in use."
    )

    objects = ScorerManager()

    class Meta:
        ordering = ("created_at",)
        constraints = [
            models.UniqueConstraint(
                name="scorer_one_active", fields=["is_active"], condition=Q(is_active=True)
            ),
            models.UniqueConstraint(
                name="scorer_one_embedding_a_space",
                fields=["space"],
                condition=Q(kind="embedding"),
            ),
            models.CheckConstraint(
                name="scorer_has_its_parts",
                condition=Q(
                    kind="embedding",
                    space__isnull=False,
                    embedding__isnull=True,
                    pattern__isnull=True,
                )
                | Q(
                    kind="pattern",
                    space__isnull=True,
                    embedding__isnull=True,
                    pattern__isnull=True,
                )
                | Q(
                    kind="fused",
                    space__isnull=False,
                    embedding__isnull=False,
                    pattern__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.fingerprint[:8]})"

    def to_json(self) -> dict[str, str]:
        """Its names, as documents and exports have them."""
        return {
            "id": str(self.pk),
            "kind": self.kind,
            "name": self.name,
            "fingerprint": self.fingerprint,
        }

    @property
    def gives_cosines(self) -> bool:
        """Whether a score is a cosine, so that its thresholds say how near two vectors are."""
        return self.kind == Scorer.Kind.EMBEDDING

    @property
    def rests_on_vectors(self) -> bool:
        """Whether a detection without an embedding has no score."""
        return self.kind in (Scorer.Kind.EMBEDDING, Scorer.Kind.FUSED)

    def part(self, name: Literal["embedding", "pattern"]) -> Scorer:
        """A part of a fused scorer. Raises LookupError for a scorer without parts."""
        found = self.embedding if name == "embedding" else self.pattern
        if found is None:
            raise LookupError(f"the scorer {self} is not fused of parts")
        return found

    @property
    def vectors(self) -> EmbeddingSpace:
        """The space whose vectors serve beside its scores: its own, else the active one. Raises LookupError."""
        space = self.space or EmbeddingSpace.objects.active()
        if space is None:
            raise LookupError(NO_VECTORS.format(scorer=self))
        return space
