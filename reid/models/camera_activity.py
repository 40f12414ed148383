"""Activity of cameras: what each one has taken, and whether it is up, as columns of one query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from reid.taxonomy import DEER

if TYPE_CHECKING:
    from datetime import date


_Camera = TypeVar("_Camera", bound=models.Model)
_TAKEN = Q(images__clock_problem="", images__captured_at__isnull=False)
_DOUBTED = Q(images__clock_problem__gt="")
_OF_DEER = Q(
    images__detections__is_valid=True,
    images__detections__hidden_at__isnull=True,
    images__detections__effective_class__in=[item.value for item in DEER],
)


class CameraQuerySet(models.QuerySet[_Camera]):
    """Reads of cameras, named as verbs; each annotates, and none asks anything for a single row."""

    def with_photographs(self) -> Self:
        """Annotate `photographs` and `doubted` (counts; the doubted ones bear a time that cannot be right), and
        `last_photograph_at` (aware, or None), which leaves doubted times out.

        A hidden photograph has no camera, so that joins do not meet it.
        """
        # Two of three look at a few entries of an index, and not at every photograph of the camera.
        taken = self.model._base_manager.filter(_TAKEN, pk=OuterRef("pk"))
        return self.annotate(
            photographs=self._one(Count("images__camera"), models.IntegerField(), 0),
            doubted=self._one(Count("images__camera"), models.IntegerField(), 0, where=_DOUBTED),
            last_photograph_at=Subquery(
                taken.order_by("-images__captured_at").values("images__captured_at")[:1]
            ),
        )

    def with_deer(self) -> Self:
        """Annotate `deer_detections`: valid detections of a class of deer."""
        return self.annotate(
            deer_detections=self._one(
                Count("images__detections__image"), models.IntegerField(), 0, where=_OF_DEER
            )
        )

    def with_state(self, today: date) -> Self:
        """Annotate `was_deployed` (it has deployments), `is_deployed` (one of them holds today) and `is_out`."""
        rows = self.model._base_manager.filter(pk=OuterRef("pk"))
        runs = Q(deployments__started_on__lte=today) & (
            Q(deployments__ended_on__isnull=True) | Q(deployments__ended_on__gte=today)
        )
        is_out = Q(outages__started_on__lte=today, outages__ended_on__gte=today)
        return self.annotate(
            was_deployed=Exists(rows.filter(deployments__isnull=False)),
            is_deployed=Exists(rows.filter(runs)),
            is_out=Exists(rows.filter(is_out)),
        )

    def with_place(self) -> Self:
        """Annotate `place_latitude` and `place_longitude` (degrees, or None): the camera's own place, else that of its latest
        deployment that has one.
        """
        rows = self.model._base_manager.filter(
            pk=OuterRef("pk"), deployments__latitude__isnull=False
        ).order_by("-deployments__started_on", "-deployments__started_at")
        latest = {
            name: Subquery(rows.values(f"deployments__{name}")[:1])
            for name in ("latitude", "longitude")
        }
        return self.annotate(
            place_latitude=Coalesce("latitude", latest["latitude"]),
            place_longitude=Coalesce("longitude", latest["longitude"]),
        )

    def placed(self) -> Self:
        """Those whose place is known, as `with_place` has it."""
        return self.with_place().filter(place_latitude__isnull=False)

    def _one(
        self,
        value: Any,
        field: models.Field[Any, Any],
        empty: int | None = None,
        where: Q | None = None,
    ) -> Any:
        """An aggregate of each camera, asked by a query of its own, so that no join multiplies another."""
        rows = self.model._base_manager.filter(where or Q(), pk=OuterRef("pk")).order_by()
        found = Subquery(
            rows.values("pk").annotate(found=value).values("found"), output_field=field
        )
        return found if empty is None else Coalesce(found, Value(empty))


class StandingManager(models.Manager[_Camera]):
    """Cameras that were not merged into another one."""

    def get_queryset(self) -> models.QuerySet[_Camera]:
        return super().get_queryset().filter(merged_into__isnull=True)


StandingCameras = StandingManager.from_queryset(CameraQuerySet)
