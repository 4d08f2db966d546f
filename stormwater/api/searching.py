"""Search: by parts of words in names and ids (trigrams), by words in running text (full text).

An index of the same expression serves each: `GinIndex(OpClass(SearchText(...), name="gin_trgm_ops"))`
and `GinIndex(WordVector(...))`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

from stormwater.api.looking_up import AmongKeys

PARAMETER = "search"
MAX_LENGTH = 100
MAX_WORDS = 8
# A trigram index finds nothing shorter; one long word per search is enough.
MIN_WORD = 3
# As the OpenAPI document says it: somewhere there are three characters without a space.
PATTERN = r"\S{3}"


class SearchText(Func):
    """Some columns as one text, a space between them."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = TextField()

    def __init__(self, *columns: Any, **extra: Any) -> None:
        super().__init__(*(_text(column) for column in columns))
        self._columns = columns

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """For migrations: by the columns."""
        return f"{type(self).__module__}.{type(self).__qualname__}", self._columns, {}


class WordVector(SearchText):
    """The words of some columns, without their endings, as PostgreSQL's full-text search keeps them."""

    template = "to_tsvector('english', %(expressions)s)"
    output_field = SearchVectorField()  # type: ignore[assignment]  # what the function returns


class _Contains(Func):
    template = "%(expressions)s"
    arg_joiner = " ILIKE "
    output_field = BooleanField()


class _HasWords(Func):
    template = "%(expressions)s)"
    arg_joiner = " @@ websearch_to_tsquery('english', "
    output_field = BooleanField()


def _text(column: Any) -> Coalesce:
    expression = F(column) if isinstance(column, str) else column
    return Coalesce(expression, Value(""), output_field=TextField())


def contains_words(text: SearchText, words: list[str]) -> Q:
    """The condition that a text has every one of the words, each as part of any of its own."""
    condition = Q()
    for word in words:
        condition &= Q(_Contains(text, Value(_pattern(word))))
    return condition


class SearchedKeys:
    """Keys that a search finds by way of other tables, with one condition for each of its words.

    The queries are the same for all searches of so many words, and are put into SQL once for each number: to put them
    together takes Django longer than the database needs to answer them.
    """

    def __init__(self, find: Callable[[list[str]], QuerySet[Any, Any]]) -> None:
        self._find = find
        self._statements: dict[int, tuple[str, Sequence[Any]]] = {}

    def have(self, column: str, words: list[str]) -> Q:
        """The condition that a column is among the keys that these words find."""
        stand_ins = [f"word-{number}" for number in range(len(words))]
        if len(words) not in self._statements:
            self._statements[len(words)] = self._find(stand_ins).query.sql_with_params()
        sql, parameters = self._statements[len(words)]
        meant = {_pattern(name): _pattern(word) for name, word in zip(stand_ins, words, strict=True)}
        return Q(AmongKeys(column, sql, tuple(meant.get(value, value) for value in parameters)))


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def has_words(vector: WordVector, text: str) -> Q:
    """The condition that all words of a search occur; quotes, OR and a minus work as in web searches."""
    return Q(_HasWords(vector, Value(text)))


def words_of(text: str) -> list[str]:
    """The words of a search; empty if it is too short, or has too many, to be looked up."""
    words = text.split()
    return words if len(words) <= MAX_WORDS and any(len(word) >= MIN_WORD for word in words) else []
