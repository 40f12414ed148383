"""Gallery of photographs: pages and filters with 100,000 photographs stored, beside the first page without a filter.

Each filter is read at its top and from the middle of the store: with pages by key neither costs more than the other.
`--plans` prints how the database reads each of them.
"""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from benchmarks._environment import arguments, interleaved, table, temporary_installation
from benchmarks._store import season

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks._store import Season
    from reid.browsing.filters import Wanted

LIMIT = 0.2
"""Seconds that the page may take with every photograph stored."""


def mark(made: Season) -> None:
    """A few favourites and tags, some reviews, some blank photographs: what the filters look for."""
    from django.utils import timezone

    from reid.models import Detection, Image, Tag

    images = [item.image_id for item in made.detections]
    Image.objects.filter(pk__in=images[::997]).update(is_favourite=True)
    (tag,) = Tag.objects.named(["to print"])
    link = Image.tags.through
    link._default_manager.bulk_create(link(image_id=key, tag_id=tag.pk) for key in images[::1009])
    for start in range(0, len(images), 20_000):
        part = [item.pk for item in made.detections[start : start + 20_000]]
        Detection.objects.filter(pk__in=part[::13]).update(reviewed_at=timezone.now())
        Detection.objects.filter(pk__in=part[::17]).update(is_valid=False)
        Detection.objects.filter(pk__in=part[::7]).update(confidence=0.95)


def filters(made: Season) -> dict[str, Wanted]:
    from datetime import date

    from reid.browsing.filters import Shows, Wanted

    return {
        "no filter": Wanted(),
        "camera": Wanted(camera=made.detections[0].image.camera_id),
        "dates": Wanted(first=date(2025, 3, 1), last=date(2025, 9, 1)),
        "deer": Wanted(deer=made.herd[0].pk),
        "deer without a name": Wanted(is_unnamed=True),
        "class": Wanted(classification="buck"),
        "class that is nowhere": Wanted(classification="turkey"),
        "reviewed": Wanted(is_reviewed=True),
        "not reviewed": Wanted(is_reviewed=False),
        "confidence": Wanted(confidence=0.95),
        "blank": Wanted(shows=Shows.BLANK),
        "favourites": Wanted(is_favourite=True),
        "tag": Wanted(tag="to print"),
    }


def plans(wanted: dict[str, Wanted], middle: Any) -> None:
    """How the database reads the middle of each list."""
    from reid.browsing.pages import _beyond

    for name, one in wanted.items():
        rows = one.narrowed().filter(captured_at__isnull=False).filter(_beyond(middle, "lt"))
        print(f"-- {name}")
        print(rows.order_by("-captured_at", "-pk").values_list("pk")[:61].explain())


def main() -> int:
    options = arguments(__doc__, plans="print the query plans")
    count, rounds = (5_000, 3) if options.quick else (100_000, 5)
    with temporary_installation():
        from django.conf import settings
        from django.contrib.auth import get_user_model
        from django.test import Client

        from reid.browsing.pages import Place, page
        from reid.db.statistics import IMPORTED, refresh

        made = season(count, 40)
        mark(made)
        refresh(IMPORTED)
        middle = Place.of(made.detections[count // 2].image)
        wanted = filters(made)
        if options.plans:
            plans(wanted, middle)

        def reading(one: Wanted, after: Place | None) -> Callable[[], None]:
            def read() -> None:
                page(one, after)

            return read

        works = [reading(one, place) for one in wanted.values() for place in (None, middle)]
        rates = interleaved(rounds, *((1, work) for work in works))
        client = Client(headers={"Host": "localhost"})
        user, _ = get_user_model().objects.get_or_create(username=settings.LOCAL_USERNAME)
        client.force_login(user)

        def asked(query: str, **headers: str) -> Callable[[], None]:
            def work() -> None:
                for _ in itertools.repeat(None, 5):
                    answer = client.get(f"/photographs/{query}", headers=headers)
                    if answer.status_code != 200:
                        raise RuntimeError(f"the gallery answered {answer.status_code}")

            return work

        following = asked(f"?{urlencode({'after': middle})}", **{"HX-Request": "true"})
        asked("")()
        pages, parts = interleaved(rounds, (5, asked("")), (5, following))
    top = rates[0]
    rows = [
        ("the whole page with its frame, ms (limit 200)", f"{1000 / pages:.0f}"),
        ("what follows while one scrolls, ms", f"{1000 / parts:.0f}"),
    ]
    for number, name in enumerate(wanted):
        first, deep = rates[2 * number : 2 * number + 2]
        figures = f"{1000 / first:.1f} {1000 / deep:.1f} {top / first:.1f} {top / deep:.1f}"
        rows.append((f"{name}: top ms, middle ms, ratios to the first page", figures))
    table(f"gallery of {count:,} photographs, 60 a page", rows)
    return int(options.check and 1 / pages > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
