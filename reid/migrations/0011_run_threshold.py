"""A run's own threshold: its value and source in its row; records of REID_THRESHOLD approve nothing any more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.db import migrations, models
from django.utils import timezone

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

APPROVE_AGAIN = (
    "  REID_THRESHOLD no longer counts as an approval in the space {space}: {value}, approved by {by} on {day}, "
    "was the last one that a person approved. Approve it again, or propose another.\n"
)
NONE_APPROVED = (
    "  REID_THRESHOLD no longer counts as an approval in the space {space}, and no person has approved a threshold "
    "there.\n"
)


def copy_into_runs(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What each run used, as its record says."""
    runs = apps.get_model("reid", "ReidRun").objects
    for threshold in apps.get_model("reid", "Threshold").objects.filter(runs__isnull=False).distinct():
        units = int((threshold.value * 10_000).to_integral_value())
        runs.filter(threshold=threshold).update(threshold_used=units, threshold_source=threshold.source)


def deactivate_env(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take records of source env out of force, and name what a person approved before each."""
    thresholds = apps.get_model("reid", "Threshold").objects
    for record in thresholds.filter(source="env", is_active=True).select_related("space"):
        thresholds.filter(pk=record.pk).update(is_active=False)
        approved = thresholds.filter(space=record.space, approved_by__isnull=False)
        last = approved.select_related("approved_by").order_by("-approved_at").first()
        sys.stdout.write("\n" + _named(record.space, last))


def _named(space: Any, last: Any) -> str:
    if last is None:
        return NONE_APPROVED.format(space=space.name)
    day = timezone.localtime(last.approved_at).date().isoformat()
    by = last.approved_by.username
    return APPROVE_AGAIN.format(space=space.name, value=last.value, by=by, day=day)


class Migration(migrations.Migration):
    dependencies = [("reid", "0010_training_threshold")]

    operations = [
        migrations.AddField(
            model_name="reidrun",
            name="threshold_used",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Score units at and above which the run assigns; empty: it only ranks.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="reidrun",
            name="threshold_source",
            field=models.CharField(
                blank=True,
                choices=[("analysis", "Analysis"), ("operator", "Operator"), ("env", "Env")],
                default="",
                help_text="env: REID_THRESHOLD, which nobody approved; the row has it since it was created.",
                max_length=16,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(copy_into_runs, migrations.RunPython.noop),
        migrations.RunPython(deactivate_env, migrations.RunPython.noop),
    ]
