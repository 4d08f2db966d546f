"""Who may change what belongs together, and when.

Locks of the transaction, which the database lets go at its end, whatever happens. Two are advisory:

* *Identity*: which enrollments and eSMR facilities there are, and whose facility they belong to. Syncs share it, since
  they only add members; putting facilities together (the matcher, a verdict) takes it alone. It is taken before any
  row is written, so that nobody waits for rows while holding what the other waits for.
* *Verdicts*: reviewers share it; the matcher takes it alone while it writes, so that no verdict falls between its
  reading and its writing.

The third is one of a table, since that alone can be taken before a transaction has its view of the data:

* *Joining*: when the matcher has put facilities together it says of every list that it has changed. A computation that
  keeps to one view, and says the same of its own list at the end, would be refused that, and begin again. So the
  matcher waits for such a computation before it joins, and a computation for the end of a matcher that joins.

Identity is taken first, where more than one is. A computation takes neither of the first two.
"""

import time

from django.db import connection

# Any constant that no other program on the database uses; the ledger's locks have one of their own.
_LOCK_CLASS = 0x53574D41
_IDENTITY, _VERDICTS = 1, 2
_PATIENCE_SECONDS = 0.5  # another reviewer is done in a fraction of it; the matcher and a sync are not
_PAUSE_SECONDS = 0.02


def share_identity() -> None:
    """Hold off whoever puts facilities together until this transaction ends; waits for them."""
    _lock("pg_advisory_xact_lock_shared", _IDENTITY)


def claim_identity() -> None:
    """Put facilities together alone until this transaction ends; waits for syncs that publish."""
    _lock("pg_advisory_xact_lock", _IDENTITY)


def try_to_claim_identity() -> bool:
    """The same for a person who waits; False if a sync or the matcher is at work and stays there."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _lock("pg_try_advisory_xact_lock", _IDENTITY):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_SECONDS)
    return True


def share_verdicts() -> None:
    """Decide beside other reviewers; waits while the matcher writes (a second or so)."""
    _lock("pg_advisory_xact_lock_shared", _VERDICTS)


def claim_verdicts() -> None:
    """Write what follows from verdicts while none is made; waits for those that are being made."""
    _lock("pg_advisory_xact_lock", _VERDICTS)


def claim_joining() -> None:
    """Put facilities together while nothing is computed; waits for computations, and they for the end of this."""
    _execute("LOCK TABLE facilities_matcherrun IN ROW EXCLUSIVE MODE")


def hold_off_joining() -> None:
    """Compute with one view of the data while the matcher joins nothing; before the transaction's first query."""
    _execute("LOCK TABLE facilities_matcherrun IN SHARE MODE")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _lock(function: str, what: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [_LOCK_CLASS, what])
        (answer,) = cursor.fetchone()
    return answer is True
