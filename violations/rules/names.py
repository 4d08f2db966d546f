"""Matching published names: exactly, after casefolding and dropping commas and double spaces.

Never by a search for words: "(as N)" is not arsenic, and BOD contains "chemical oxygen demand".
"""


def normalize_name(published: str) -> str:
    """The form in which parameter names, calculated methods and units are compared with aliases."""
    return " ".join(published.casefold().replace(",", "").split())


def is_rejected(qa_codes: str | None) -> bool:
    """Whether eSMR's qa_codes hold R, a rejected result, as a code of its own (`J, R`; not `RB`)."""
    return "R" in (qa_codes or "").upper().replace(",", " ").replace(";", " ").split()


def letters_of(published: str | None) -> str:
    """The letters of an entry of an open code list, casefolded: spaces and hyphens are written in many ways."""
    return "".join(character for character in (published or "").casefold() if character.isalpha())
