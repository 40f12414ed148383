"""Operations that keep a label, or two profiles apart, against doubts."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reid', '0027_what_runs_a_network'),
    ]

    operations = [
        migrations.AlterField(
            model_name='operation',
            name='kind',
            field=models.CharField(choices=[('import', 'Import'), ('run', 'Run'), ('confirm', 'Confirm'), ('reject', 'Reject'), ('assign', 'Assign'), ('certify', 'Certify'), ('new_deer', 'New Deer'), ('keep_label', 'Keep Label'), ('merge', 'Merge'), ('keep_apart', 'Keep Apart'), ('split', 'Split'), ('enrol', 'Enrol'), ('drop_reference', 'Drop Reference'), ('invalidate', 'Invalidate'), ('correct_class', 'Correct Class'), ('set_flank', 'Set Flank'), ('guess_flanks', 'Guess Flanks'), ('undo', 'Undo')], max_length=16),
        ),
        migrations.AlterField(
            model_name='operation',
            name='selection',
            field=models.CharField(blank=True, choices=[('random', 'Random'), ('audit', 'Audit'), ('queue', 'Queue'), ('search', 'Search'), ('doubt', 'Doubt'), ('import', 'Import')], max_length=16),
        ),
    ]
