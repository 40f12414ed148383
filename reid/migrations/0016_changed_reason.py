
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reid', '0015_unique_names_and_bytes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='skippedembedding',
            name='reason',
            field=models.CharField(choices=[('too_small', 'crop below REID_MIN_CROP'), ('missing', 'file not found'), ('unreadable', 'file cannot be decoded'), ('changed', 'file overwritten: not the photograph that was imported'), ('too_large', 'image above the pixel or byte limit'), ('outside', 'box outside its image')], max_length=16),
        ),
    ]
