"""Load pollutants, names, units, qualifiers, statistics and benchmarks."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from violations.reference_data.benchmarks import BENCHMARKS
from violations.reference_data.pollutants import ALIASES, POLLUTANTS
from violations.reference_data.statistics import STATISTICS
from violations.reference_data.units import QUALIFIERS, UNITS


def load(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    def model(name: str) -> type:
        return apps.get_model("violations", name)

    pollutant = model("Pollutant")
    pollutant.objects.bulk_create(
        pollutant(
            key=row.key,
            name=row.name,
            unit=row.unit,
            valid_low=row.low,
            valid_high=row.high,
            is_metal=row.is_metal,
            permit_group=row.group,
        )
        for row in POLLUTANTS
    )
    ids = dict(pollutant.objects.values_list("key", "pk"))
    for name, rows in (("PollutantAlias", ALIASES), ("Benchmark", BENCHMARKS)):
        model(name).objects.bulk_create(
            model(name)(
                **{key: value for key, value in row._asdict().items() if key != "pollutant"},
                pollutant_id=ids[row.pollutant],
            )
            for row in rows
        )
    model("StatisticAlias").objects.bulk_create(model("StatisticAlias")(**row._asdict()) for row in STATISTICS)
    model("QualifierClass").objects.bulk_create(
        model("QualifierClass")(qualifier=qualifier, kind=kind) for qualifier, kind in QUALIFIERS.items()
    )
    model("UnitConversion").objects.bulk_create(
        model("UnitConversion")(name=name, unit=unit, factor=factor)
        for unit, names in UNITS.items()
        for name, factor in names.items()
    )


class Migration(migrations.Migration):
    dependencies = [("violations", "0003_findings")]

    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
