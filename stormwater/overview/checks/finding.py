"""What a check says."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: an error keeps the system from its work, a warning will if nobody looks after it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and how to mend it."""

    level: Level
    check: str
    sentence: str
    remedy: str

    def line(self) -> str:
        """The finding in one line."""
        return " ".join(f"{self.level.upper()} {self.check}: {self.sentence} {self.remedy}".split())

    def as_json(self) -> dict[str, str]:
        """The finding as the `--json` output has it."""
        return {name: str(value) for name, value in asdict(self).items()}


def error(check: str, sentence: str, remedy: str) -> Finding:
    """Something that keeps the system from its work."""
    return Finding(Level.ERROR, check, sentence, remedy)


def warning(check: str, sentence: str, remedy: str) -> Finding:
    """Something that will, if nobody looks after it."""
    return Finding(Level.WARNING, check, sentence, remedy)
