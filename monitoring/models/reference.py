"""Parameters, units and methods by their published spelling, shared by both systems."""

from django.db import models


class Parameter(models.Model):
    """A parameter name as published, such as `Zinc, Total`."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True, db_comment="Name as published, spelling kept")

    class Meta:
        ordering = ("name",)
        db_table_comment = "Parameter names as published"

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A unit as published, such as `mg/L` or `SU`."""

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True, db_comment="Unit as published, spelling kept")

    class Meta:
        ordering = ("name",)
        db_table_comment = "Units as published"

    def __str__(self) -> str:
        return self.name


class Method(models.Model):
    """An analytical method: SMARTS gives a code, eSMR a code and a name."""

    id = models.AutoField(primary_key=True)
    code = models.TextField(null=True, blank=True, db_comment="ANALYTICAL_METHOD / analytical_method_code as published")
    name = models.TextField(null=True, blank=True, db_comment="analytical_method as published (eSMR only)")

    class Meta:
        ordering = ("code", "name")
        db_table_comment = "Analytical methods as published"
        constraints = [
            models.UniqueConstraint(fields=("code", "name"), nulls_distinct=False, name="method_code_name_unique"),
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.code, self.name) if part)
