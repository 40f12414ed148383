import django.db.models.deletion
from django.db import migrations, models


TABLES = ("reid_camera", "reid_image", "reid_encounter", "reid_sighting", "reid_detection")


class Migration(migrations.Migration):

    dependencies = [
        ('reid', '0055_repeats'),
    ]

    operations = [
        migrations.AlterField(
            model_name='operation',
            name='kind',
            field=models.CharField(choices=[('import', 'Import'), ('run', 'Run'), ('confirm', 'Confirm'), ('reject', 'Reject'), ('assign', 'Assign'), ('certify', 'Certify'), ('new_deer', 'New Deer'), ('edit_deer', 'Edit Deer'), ('keep_label', 'Keep Label'), ('merge', 'Merge'), ('keep_apart', 'Keep Apart'), ('split', 'Split'), ('enrol', 'Enrol'), ('drop_reference', 'Drop Reference'), ('invalidate', 'Invalidate'), ('correct_class', 'Correct Class'), ('set_flank', 'Set Flank'), ('guess_flanks', 'Guess Flanks'), ('draw_box', 'Draw Box'), ('move_box', 'Move Box'), ('delete_box', 'Delete Box'), ('annotate', 'Annotate'), ('set_camera', 'Set Camera'), ('undo', 'Undo')], max_length=16),
        ),
        migrations.RemoveIndex(
            model_name='detection',
            name='detection_image_class',
        ),
        migrations.AlterField(
            model_name='detection',
            name='sighting',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='detections', to='reid.sighting'),
        ),
        migrations.AddIndex(
            model_name='detection',
            index=models.Index(condition=models.Q(('hidden_at__isnull', True)), fields=['image', 'sighting', 'is_valid', 'effective_class'], name='detection_image_class'),
        ),
        migrations.AddIndex(
            model_name='detection',
            index=models.Index(fields=['sighting', 'hidden_at', 'deer', 'is_valid', 'effective_class'], name='detection_sighting_deer'),
        ),
        # SQLite has made the table anew, and a store of an earlier version has no statistics in it.
        *(migrations.RunSQL(f"ANALYZE {table}", migrations.RunSQL.noop) for table in TABLES),
    ]
