"""Batches: audits of frozen pairs, their certificates, and identities that were certified."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reid', '0023_patterns'),
    ]

    operations = [
        migrations.AddField(
            model_name='audititem',
            name='detections_sha256',
            field=models.CharField(blank=True, help_text='Of a batch: what the sighting showed when it was frozen.', max_length=64),
        ),
        migrations.AddField(
            model_name='auditplan',
            name='assignment',
            field=models.OneToOneField(blank=True, help_text='The operation that gave the certified sightings their deer.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batch', to='reid.operation'),
        ),
        migrations.AddField(
            model_name='auditplan',
            name='certified_from',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Of a batch that has passed: its pairs of this score and above are certified.', null=True),
        ),
        migrations.AddField(
            model_name='auditplan',
            name='kind',
            field=models.CharField(choices=[('threshold', 'Threshold'), ('batch', 'Batch')], default='threshold', max_length=16),
        ),
        migrations.AddField(
            model_name='auditplan',
            name='number',
            field=models.PositiveIntegerField(blank=True, help_text='Of a batch: which one of this store, from 1. The risk that it may take follows from it.', null=True, unique=True),
        ),
        migrations.AlterField(
            model_name='auditplan',
            name='status',
            field=models.CharField(choices=[('open', 'Open'), ('passed', 'Passed'), ('failed', 'Failed'), ('expired', 'Expired'), ('spoiled', 'spoiled by its judge'), ('abandoned', 'Abandoned')], default='open', max_length=16),
        ),
        migrations.AlterField(
            model_name='decision',
            name='outcome',
            field=models.CharField(choices=[('assigned', 'Assigned'), ('below_threshold', 'Below Threshold'), ('ranked', 'ranked only: no approved threshold'), ('frame_conflict', 'another sighting of the frame took the deer'), ('no_reference', 'nothing to compare with'), ('no_eligible', 'every deer ruled out by sex or life span'), ('no_embedding', 'no detection of it could be embedded'), ('reviewed', 'identity already known'), ('certified', 'identity certified for its batch')], max_length=16),
        ),
        migrations.AlterField(
            model_name='detection',
            name='identity_source',
            field=models.CharField(choices=[('none', 'None'), ('auto', 'Auto'), ('certified', 'certified for this batch'), ('reviewed', 'Reviewed'), ('imported', 'Imported')], default='none', max_length=16),
        ),
        migrations.AlterField(
            model_name='operation',
            name='kind',
            field=models.CharField(choices=[('import', 'Import'), ('run', 'Run'), ('confirm', 'Confirm'), ('reject', 'Reject'), ('assign', 'Assign'), ('certify', 'Certify'), ('new_deer', 'New Deer'), ('merge', 'Merge'), ('split', 'Split'), ('enrol', 'Enrol'), ('drop_reference', 'Drop Reference'), ('invalidate', 'Invalidate'), ('correct_class', 'Correct Class'), ('set_flank', 'Set Flank'), ('guess_flanks', 'Guess Flanks'), ('undo', 'Undo')], max_length=16),
        ),
        migrations.AddConstraint(
            model_name='auditplan',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'batch'), ('status', 'open')), fields=('kind',), name='audit_one_open_batch'),
        ),
        migrations.AddConstraint(
            model_name='auditplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'batch'), ('number__gte', 1)), models.Q(('kind', 'threshold'), ('number__isnull', True)), _connector='OR'), name='audit_batch_has_number'),
        ),
        migrations.AddConstraint(
            model_name='auditplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('assignment__isnull', True), ('certified_from__isnull', True)), models.Q(('certified_from__isnull', False), ('kind', 'batch'), ('status__in', ['passed', 'abandoned'])), _connector='OR'), name='audit_certifies_passed_batches'),
        ),
    ]
