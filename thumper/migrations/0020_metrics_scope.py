"""Tokens may be for the metrics alone."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("thumper", "0010_roles")]

    operations = [
        migrations.AlterField(
            model_name="apitoken",
            name="scope",
            field=models.CharField(
                choices=[("read", "Read"), ("write", "Write"), ("metrics", "Metrics")],
                default="read",
                max_length=8,
            ),
        )
    ]
