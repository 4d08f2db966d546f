"""Public ids of findings are looked up whole: the second index that Django gives a unique text served nothing."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("facilities", "0006_search_crosswalk"),
        ("violations", "0011_events_of_facilities_that_moved"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="exceedance",
            name="public_id",
            field=models.TextField(db_comment="Stable id, from rule, discharger, pollutant and period"),
        ),
        migrations.AlterField(
            model_name="indeterminate",
            name="public_id",
            field=models.TextField(db_comment="Stable id, from rule, discharger, pollutant and period"),
        ),
        migrations.AlterField(
            model_name="unifiedfinding",
            name="public_id",
            field=models.TextField(db_comment="That of the exceedance, or smarts- and VIOLATION_ID"),
        ),
        migrations.AddConstraint(
            model_name="exceedance",
            constraint=models.UniqueConstraint(fields=("public_id",), name="exceedance_public_id_unique"),
        ),
        migrations.AddConstraint(
            model_name="indeterminate",
            constraint=models.UniqueConstraint(fields=("public_id",), name="indeterminate_public_id_unique"),
        ),
        migrations.AddConstraint(
            model_name="unifiedfinding",
            constraint=models.UniqueConstraint(fields=("public_id",), name="unified_finding_public_id_unique"),
        ),
    ]
