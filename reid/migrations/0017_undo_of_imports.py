"""Undo of imports: files that imports placed, and rows that it hides."""

from __future__ import annotations

import django.db.models.deletion
import django.db.models.manager
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reid', '0016_changed_reason'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PlacedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(help_text='Below the media root.', max_length=512, unique=True)),
            ],
        ),
        migrations.AlterModelOptions(
            name='deer',
            options={'base_manager_name': 'everything', 'ordering': ('name',), 'verbose_name_plural': 'deer'},
        ),
        migrations.AlterModelOptions(
            name='detection',
            options={'base_manager_name': 'everything', 'ordering': ('created_at', 'id')},
        ),
        migrations.AlterModelOptions(
            name='image',
            options={'base_manager_name': 'everything', 'ordering': ('captured_at', 'path')},
        ),
        migrations.AlterModelManagers(
            name='deer',
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelManagers(
            name='detection',
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelManagers(
            name='image',
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('everything', django.db.models.manager.Manager()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='detection',
            name='detection_box_unique',
        ),
        migrations.RemoveConstraint(
            model_name='image',
            name='image_sha256_unique',
        ),
        migrations.AddConstraint(
            model_name='detection',
            constraint=models.UniqueConstraint(condition=models.Q(('hidden_at__isnull', True)), fields=('image', 'x', 'y', 'width', 'height'), name='detection_box_unique'),
        ),
        migrations.AddConstraint(
            model_name='image',
            constraint=models.UniqueConstraint(condition=models.Q(('double_of__isnull', True), ('hidden_at__isnull', True)), fields=('sha256',), name='image_sha256_unique'),
        ),
        migrations.AddField(
            model_name='placedfile',
            name='record',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='placed_files', to='reid.import'),
        ),
    ]
