"""Corrections of clocks: a camera's photographs moved in time, their encounters built anew; and that undone.

A correction adds the same number of seconds to every photograph, as time that went by: a clock that stood
wrong ran on at the right speed. It changes nothing but times: identities, reviews and boxes stay, and
sightings keep their ids where their members stay together.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from reid.grouping.locks import lock_groups
from reid.grouping.rebuild import regroup
from reid.grouping.timelines import TouchedTimelines
from reid.imaging.capture_time import (
    EARLIEST_STORED,
    LATEST_STORED,
    day_begins,
    day_ends,
    is_stored,
    parse_clock,
    to_utc,
)
from reid.importing.clocks.marks import mark_clock_problems
from reid.matching.moved_seasons import mark_moved
from reid.models import Camera, ClockCorrection, ClockShift, Image

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from uuid import UUID

    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models import QuerySet

BATCH: Final = 500
"""Photographs moved at a time."""

BAD_SHIFT: Final = "{text!r} is no shift: write it as +1h30m, -45s or +9131d6h"
NO_SHIFT: Final = "the shift is nothing: the times would stay as they are"
TWO_KINDS: Final = "give either a shift, or what the clock showed and what the time was"
NOT_BOTH: Final = "what the clock showed and what the time was come together"
BACKWARDS: Final = "the last day is before the first"
NO_PHOTOGRAPH: Final = "camera {camera} has no photograph with a time on these days"
OUT_OF_TIME: Final = "{path} would be moved to before {first} or after {last}"
UNDONE_ALREADY: Final = "this correction was undone by {by} at {at:%Y-%m-%d %H:%M}"
MOVED_SINCE: Final = "{path} has another time since: undo the later correction of {camera} first"

_SHIFT: Final = re.compile(r"([+-]?)(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)


class CorrectionProblem(ValueError):
    """A correction that makes no sense or cannot be made or undone; the text says why."""


class CorrectionConflict(CorrectionProblem):
    """An undo that what happened since forbids."""


def parse_shift(text: str) -> timedelta:
    """The time that `text` names: days, hours, minutes and seconds in that order. Raises CorrectionProblem.

    Examples
    --------
    >>> parse_shift("-1h30m")
    datetime.timedelta(days=-1, seconds=81000)
    """
    match = _SHIFT.fullmatch(text.strip())
    if match is None:
        raise CorrectionProblem(BAD_SHIFT.format(text=text))
    sign, *numbers = match.groups()
    days, hours, minutes, seconds = (int(number or 0) for number in numbers)
    try:
        shift = timedelta(days, seconds, 0, 0, minutes, hours)
    except OverflowError as error:
        raise CorrectionProblem(BAD_SHIFT.format(text=text)) from error
    return -shift if sign == "-" else shift


def shift_of(camera: Camera, *, shift: str = "", set_from: str = "", to: str = "") -> timedelta:
    """The shift, as it is given or as what the clock showed and what the time was give it.

    Raises CorrectionProblem.
    """
    if bool(shift) == bool(set_from or to):
        raise CorrectionProblem(TWO_KINDS)
    if shift:
        moved = parse_shift(shift)
    elif not (set_from and to):
        raise CorrectionProblem(NOT_BOTH)
    else:
        try:
            zone = clock_zone(camera)
            moved = to_utc(parse_clock(to), zone) - to_utc(parse_clock(set_from), zone)
        except ValueError as error:
            raise CorrectionProblem(str(error)) from error
    if not moved:
        raise CorrectionProblem(NO_SHIFT)
    return moved


def correct(
    camera: Camera,
    shift: timedelta,
    *,
    actor: AbstractBaseUser,
    first_day: date | None = None,
    last_day: date | None = None,
    reason: str = "",
    dry_run: bool = False,
) -> tuple[ClockCorrection, int]:
    """Move the camera's photographs of these days, as its clock has them until now; how many.

    All or nothing. A dry run is the same work, rolled back. Raises CorrectionProblem.
    """
    if first_day and last_day and last_day < first_day:
        raise CorrectionProblem(BACKWARDS)
    with transaction.atomic():
        images = images_of(camera, first_day, last_day)
        correction = ClockCorrection.objects.create(
            camera=camera,
            seconds=shift.total_seconds(),
            first_day=first_day,
            last_day=last_day,
            reason=reason,
            actor_id=actor.pk,
        )
        touched = TouchedTimelines()
        lock_groups(images)
        moved = 0
        for block in _blocks(list(images.order_by("pk").values_list("pk", flat=True))):
            shifts = [_moved(image, shift, correction, touched) for image in block]
            Image.objects.bulk_update(block, ["captured_at", "time_source"])
            mark_moved({row.image_id: (row.before, row.after) for row in shifts})
            ClockShift.objects.bulk_create(shifts)
            moved += len(shifts)
        if not moved:
            raise CorrectionProblem(NO_PHOTOGRAPH.format(camera=camera))
        regroup(touched, {})
        mark_clock_problems([camera])
        if dry_run:
            transaction.set_rollback(True)
    return correction, moved


@transaction.atomic
def undo(key: UUID, *, actor: AbstractBaseUser) -> tuple[ClockCorrection, int]:
    """Give every photograph of a correction its time back; how many. All or nothing.

    Raises ClockCorrection.DoesNotExist, and CorrectionConflict where a photograph was moved since.
    """
    correction = (
        ClockCorrection.objects.select_for_update(of=("self",))
        .select_related("camera", "undone_by")
        .get(pk=key)
    )
    if correction.undone_at and correction.undone_by:
        by, at = correction.undone_by.get_username(), timezone.localtime(correction.undone_at)
        raise CorrectionConflict(UNDONE_ALREADY.format(by=by, at=at))
    lock_groups(Image.objects.filter(clock_shifts__correction=correction))
    touched, restored = TouchedTimelines(), 0
    shifts = correction.shifts.order_by("pk")
    keys = list(shifts.values_list("image", flat=True))
    shift_of_image = {shift.image_id: shift for shift in shifts.iterator(chunk_size=2_000)}
    for block in _blocks(keys):
        for image in block:
            shift = shift_of_image[image.pk]
            if image.captured_at != shift.after:
                raise CorrectionConflict(
                    MOVED_SINCE.format(path=image.path, camera=correction.camera)
                )
            touched.add(image.camera_id, image.path, image.captured_at)
            image.captured_at, image.time_source = shift.before, shift.time_source
            touched.add(image.camera_id, image.path, image.captured_at)
        Image.objects.bulk_update(block, ["captured_at", "time_source"])
        back = [shift_of_image[image.pk] for image in block]
        mark_moved({shift.image_id: (shift.after, shift.before) for shift in back})
        restored += len(block)
    regroup(touched, {})
    mark_clock_problems(_cameras_of(correction))
    correction.undone_at, correction.undone_by_id = timezone.now(), actor.pk
    correction.save(update_fields=["undone_at", "undone_by"])
    return correction, restored


def clock_zone(camera: Camera) -> ZoneInfo:
    """The zone of the camera's clock: its own, else the ranch's."""
    return ZoneInfo(camera.time_zone or settings.TIME_ZONE)


def images_of(camera: Camera, first_day: date | None, last_day: date | None) -> QuerySet[Image]:
    """The camera's photographs of these days, both inclusive, as its clock has them."""
    images, zone = (
        Image.objects.filter(camera=camera, captured_at__isnull=False),
        clock_zone(camera),
    )
    if first_day:
        images = images.filter(captured_at__gte=day_begins(first_day, zone))
    if last_day:
        images = images.filter(captured_at__lt=day_ends(last_day, zone))
    return images


def _cameras_of(correction: ClockCorrection) -> list[Camera | None]:
    """The cameras of its photographs, which a person may have given another one since; None where some have none."""
    images = Image.objects.filter(clock_shifts__correction=correction).order_by()
    keys = set(images.values_list("camera", flat=True).distinct())
    cameras: list[Camera | None] = list(Camera.objects.filter(pk__in=keys - {None}))
    return [*cameras, None] if None in keys else cameras


def _blocks(keys: list[UUID]) -> Iterator[list[Image]]:
    for start in range(0, len(keys), BATCH):
        part = Image.objects.filter(pk__in=keys[start : start + BATCH]).order_by("pk")
        yield list(part.select_for_update())


def _moved(
    image: Image, shift: timedelta, correction: ClockCorrection, touched: TouchedTimelines
) -> ClockShift:
    """Move a photograph in hand; what is to be stored of it."""
    before = image.captured_at
    if before is None:  # its time was taken away since its id was read
        raise CorrectionProblem(NO_PHOTOGRAPH.format(camera=correction.camera))
    try:
        after = before + shift
    except OverflowError:
        after = datetime.min.replace(tzinfo=UTC)
    if not is_stored(after):
        years = {"first": EARLIEST_STORED, "last": LATEST_STORED}
        raise CorrectionProblem(OUT_OF_TIME.format(path=image.path, **years))
    row = ClockShift(
        correction=correction,
        image=image,
        before=before,
        after=after,
        time_source=image.time_source,
    )
    touched.add(image.camera_id, image.path, before)
    image.captured_at, image.time_source = after, Image.TimeSource.CORRECTED
    touched.add(image.camera_id, image.path, after)
    return row
