"""How tables and fields are called on pages."""

from django.db.models import Model
from django.utils.text import capfirst

# Words of field names that are no words.
_ACRONYMS = {
    **{word: word.upper() for word in ("wdid", "noi", "sic", "tmdl", "mmp", "mdl", "ml", "rl", "qsd", "qsp", "qa")},
    **{word: word.upper() for word in ("id", "zip", "acl", "epl", "era", "smarts")},
    "esmr": "eSMR",
}


def labels_of(model: type[Model]) -> dict[str, str]:
    """Labels of the model's fields, with acronyms as the agencies write them."""
    return {
        field.name: capfirst(" ".join(_ACRONYMS.get(word, word) for word in field.name.split("_")))
        for field in model._meta.concrete_fields
    }


def title_of(model: type[Model]) -> str:
    """The plural with a capital, but eSMR as it is written."""
    name = str(model._meta.verbose_name_plural)
    return name if name.startswith("eSMR") else capfirst(name)
