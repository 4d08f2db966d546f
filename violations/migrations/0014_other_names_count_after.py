"""Of two names of a pollutant in one sample one counts: the ions and second spellings come after."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from violations.reference_data.pollutants import ALIASES


def prefer(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Only where nobody chose otherwise."""
    later = [row.name for row in ALIASES if row.preference == 1]
    apps.get_model("violations", "PollutantAlias").objects.filter(name__in=later, preference=0).update(preference=1)


class Migration(migrations.Migration):
    dependencies = [("violations", "0013_index_most_findings")]

    operations = [migrations.RunPython(prefer, migrations.RunPython.noop)]
