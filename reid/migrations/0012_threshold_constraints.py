"""Database constraints on what 0011 wrote: apart from it, since PostgreSQL alters no table with pending events."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("reid", "0011_run_threshold")]

    operations = [
        migrations.AddConstraint(
            model_name="reidrun",
            constraint=models.CheckConstraint(
                condition=Q(threshold_used__isnull=True, threshold_source="")
                | (Q(threshold_used__range=(1, 10000)) & ~Q(threshold_source="")),
                name="run_threshold_has_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="threshold",
            constraint=models.CheckConstraint(
                condition=Q(is_active=False) | ~Q(source="env"),
                name="threshold_env_is_never_active",
            ),
        ),
    ]
