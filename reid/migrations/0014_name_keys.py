"""Keys of the names that are stored, and marks on photographs that are stored twice. Never fails, loses nothing.

Names that fold alike stay two profiles or two cameras: the later ones get a number, so that a person can look
and merge. Of photographs with the same bytes the first one stays what it is, the others name it.
"""

from __future__ import annotations

from itertools import count, groupby

from django.db import migrations
from django.db.models import Count, Min

from reid.naming import clean_name, name_key

LONGEST = {"Camera": 120, "Deer": 100}


def fill_keys(apps, schema_editor):
    for model, longest in LONGEST.items():
        rows = list(apps.get_model("reid", model).objects.order_by("name", "pk"))
        names = {row.name for row in rows}
        keys = set()
        for row in rows:
            name = row.name
            if name_key(name) in keys:
                name = numbered(clean_name(row.name), names, keys, longest)
                names.add(name)
            row.name, row.name_key = name, name_key(name)
            keys.add(row.name_key)
            row.save(update_fields=["name", "name_key"])


def numbered(name, names, keys, longest):
    for number in count(2):
        suffix = f" ({number})"
        candidate = name[: longest - len(suffix)] + suffix
        if candidate not in names and name_key(candidate) not in keys:
            return candidate


def mark_doubles(apps, schema_editor):
    image = apps.get_model("reid", "Image")
    repeated = (
        image.objects.values("sha256").annotate(times=Count("pk")).filter(times__gt=1).order_by()
    )
    rows = image.objects.filter(sha256__in=repeated.values("sha256")).annotate(
        first_box=Min("detections__created_at")
    )
    # The one that came first: it has the older boxes; among equals the lesser path.
    ordered = sorted(
        rows.values_list("sha256", "first_box", "path", "pk"),
        key=lambda row: (row[0], row[1] is None, row[1].timestamp() if row[1] else 0.0, row[2]),
    )
    for _, group in groupby(ordered, key=lambda row: row[0]):
        first, *others = (key for *_, key in group)
        image.objects.filter(pk__in=others).update(double_of=first)


class Migration(migrations.Migration):

    dependencies = [
        ("reid", "0013_imports"),
    ]

    operations = [
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.RunPython(mark_doubles, migrations.RunPython.noop),
    ]
