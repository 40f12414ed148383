"""What belonged to an embedding space belongs to its scorer: scores, thresholds, audits, runs and snapshots.

The scorer of a space bears the space's key (migration 0019), so that no row has to be written anew.
"""

import django.db.models.deletion
from django.db import migrations, models

_RELATED = {
    "similarityscore": "scores",
    "threshold": "thresholds",
    "auditplan": "audit_plans",
    "reidrun": "runs",
    "performancesnapshot": "snapshots",
}


class ToScorer(migrations.SeparateDatabaseAndState):
    """A model's key to its space made one to its scorer, with the constraints and indexes that name it.

    SQLite copies a table for each of these changes; here it copies it once for all of them.
    """

    def __init__(self, model, before=(), after=()):
        self.model = model
        optional = {"blank": True, "null": True} if model == "reidrun" else {}
        key = models.ForeignKey(
            on_delete=django.db.models.deletion.PROTECT,
            related_name=_RELATED[model],
            to="reid.scorer",
            **optional,
        )
        moved = [
            *before,
            migrations.RenameField(model, "space", "scorer"),
            migrations.AlterField(model, "scorer", key),
            *after,
        ]
        super().__init__(database_operations=moved, state_operations=moved)

    def deconstruct(self):
        return (type(self).__name__, [self.model], {})

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        self._copy(schema_editor, (from_state, "space"), (to_state, "scorer"))

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        self._copy(schema_editor, (from_state, "scorer"), (to_state, "space"))

    def _copy(self, schema_editor, old, new):
        models_then_and_now = [state.apps.get_model("reid", self.model) for state, _ in (old, new)]
        fields = [
            model._meta.get_field(name) for model, (_, name) in zip(models_then_and_now, (old, new), strict=True)
        ]
        schema_editor._remake_table(models_then_and_now[1], alter_fields=[tuple(fields)])


NO_WAY_BACK = (
    "{rows} row(s) belong to a scorer that this store made after the migration; the release before has no place for "
    "them. Restore the backup of the release before instead."
)


def refuse_to_lose(apps, schema_editor):
    """On the way back: rows of scorers that do not bear the key of a space would name a space that is not there."""
    spaces = apps.get_model("reid", "EmbeddingSpace").objects.values("pk")
    rows = sum(
        apps.get_model("reid", model).objects.filter(scorer__isnull=False).exclude(scorer__in=spaces).count()
        for model in _RELATED
    )
    if rows:
        raise RuntimeError(NO_WAY_BACK.format(rows=rows))


class Migration(migrations.Migration):
    dependencies = [("reid", "0019_scorers")]

    operations = [
        ToScorer(
            "similarityscore",
            before=[
                migrations.RemoveConstraint("similarityscore", "score_pair_unique"),
                migrations.RemoveIndex("similarityscore", "score_gallery"),
            ],
            after=[
                migrations.AddConstraint(
                    "similarityscore",
                    models.UniqueConstraint(fields=("detection", "deer", "scorer"), name="score_pair_unique"),
                ),
                migrations.AddIndex(
                    "similarityscore",
                    models.Index(fields=["deer", "scorer", "gallery_fingerprint"], name="score_gallery"),
                ),
            ],
        ),
        ToScorer(
            "threshold",
            before=[migrations.RemoveConstraint("threshold", "threshold_one_active_a_space")],
            after=[
                migrations.AddConstraint(
                    "threshold",
                    models.UniqueConstraint(
                        condition=models.Q(("is_active", True)),
                        fields=("scorer",),
                        name="threshold_one_active_a_scorer",
                    ),
                )
            ],
        ),
        ToScorer(
            "auditplan",
            before=[migrations.RemoveConstraint("auditplan", "audit_one_open_a_space")],
            after=[
                migrations.AddConstraint(
                    "auditplan",
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("scorer",),
                        name="audit_one_open_a_scorer",
                    ),
                )
            ],
        ),
        ToScorer("reidrun"),
        ToScorer(
            "performancesnapshot",
            before=[migrations.RemoveConstraint("performancesnapshot", "snapshot_one_a_period")],
            after=[
                migrations.AddConstraint(
                    "performancesnapshot",
                    models.UniqueConstraint(fields=("scorer", "period"), name="snapshot_one_a_period"),
                )
            ],
        ),
        migrations.RunPython(migrations.RunPython.noop, refuse_to_lose),
    ]
