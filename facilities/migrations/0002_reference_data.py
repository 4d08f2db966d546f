"""Load the regions and counties."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from facilities.reference_data import COUNTIES, REGIONS


def load(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    region, county = apps.get_model("facilities", "Region"), apps.get_model("facilities", "County")
    region.objects.bulk_create(region(code=code, name=name) for code, name in REGIONS.items())
    county.objects.bulk_create(
        county(number=number, name=name, fips_code=f"06{2 * number - 1:03}") for number, name in enumerate(COUNTIES, 1)
    )


class Migration(migrations.Migration):
    dependencies = [("facilities", "0001_initial")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
