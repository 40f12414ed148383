"""Scorers, and one of each embedding space.

The scorer of a space bears the space's key: every row that names the space then names its scorer already, and the
next migration only renames the column.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models


def make_scorers(apps, schema_editor):
    space, scorer = (apps.get_model("reid", name) for name in ("EmbeddingSpace", "Scorer"))
    for row in space.objects.only("pk", "name", "fingerprint", "is_active", "created_at"):
        made = scorer.objects.create(
            pk=row.pk,
            kind="embedding",
            name=row.name,
            fingerprint=row.fingerprint,
            space=row,
            is_active=row.is_active,
        )
        # Scorers are listed in the order in which their spaces were made.
        scorer.objects.filter(pk=made.pk).update(created_at=row.created_at)


class Migration(migrations.Migration):
    dependencies = [("reid", "0018_clock_corrections")]

    operations = [
        migrations.CreateModel(
            name="Scorer",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("embedding", "Embedding"), ("pattern", "Pattern"), ("fused", "Fused")], max_length=16)),
                ("name", models.CharField(max_length=120)),
                ("fingerprint", models.CharField(max_length=64, unique=True)),
                ("specification", models.JSONField(blank=True, default=dict, help_text="The pattern matcher's card, or the frozen calibration; empty for embeddings.")),
                ("is_active", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("embedding", models.ForeignKey(blank=True, help_text="Of a fused one: the part that compares embeddings.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="reid.scorer")),
                ("pattern", models.ForeignKey(blank=True, help_text="Of a fused one: the part that compares patterns.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="reid.scorer")),
                ("space", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="scorers", to="reid.embeddingspace")),
            ],
            options={
                "ordering": ("created_at",),
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("is_active", True)), fields=("is_active",), name="scorer_one_active"),
                    models.UniqueConstraint(condition=models.Q(("kind", "embedding")), fields=("space",), name="scorer_one_embedding_a_space"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("embedding__isnull", True), ("kind", "embedding"), ("pattern__isnull", True), ("space__isnull", False)),
                            models.Q(("embedding__isnull", True), ("kind", "pattern"), ("pattern__isnull", True), ("space__isnull", True)),
                            models.Q(("embedding__isnull", False), ("kind", "fused"), ("pattern__isnull", False), ("space__isnull", False)),
                            _connector="OR",
                        ),
                        name="scorer_has_its_parts",
                    ),
                ],
            },
        ),
        migrations.RunPython(make_scorers, migrations.RunPython.noop),
    ]
