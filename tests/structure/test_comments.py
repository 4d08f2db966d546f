"""Every table and column says in the database what it is."""

import pytest
from django.apps import apps

OURS = ("facilities", "monitoring", "violations", "enforcement", "sync", "api")
MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]
# Named for what they are: keys, and foreign keys to a table with a comment of its own.
SELF_EXPLANATORY = {"AutoField", "BigAutoField", "ForeignKey", "OneToOneField"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_tables_and_columns_have_comments(model):
    silent = [
        field.name
        for field in model._meta.concrete_fields
        if not field.db_comment and type(field).__name__ not in SELF_EXPLANATORY
    ]
    assert model._meta.db_table_comment
    assert silent == []
