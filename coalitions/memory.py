"""Ask whether a table fits before it is made."""

from __future__ import annotations

from coalitions.errors import TooLargeError


def readable_bytes(count: float) -> str:
    """Write a number of bytes for a reader.

    Parameters
    ----------
    count : float

    Returns
    -------
    str

    Examples
    --------
    >>> readable_bytes(8 * 2**30)
    '8.59 GB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def require_memory(count: int, what: str, instead: str) -> None:
    """Refuse a request for more memory than is free.

    Parameters
    ----------
    count : int
        Bytes about to be taken.
    what, instead : str
        What needs them, and what would serve in its place: both end up in the message.

    Raises
    ------
    TooLargeError

    Examples
    --------
    >>> require_memory(10**18, "a table of 57 players", "give fewer players")
    Traceback (most recent call last):
    coalitions.errors.TooLargeError: a table of 57 players needs 1e+06 TB and ... free; give fewer players
    """
    if count < 1 << 26:  # not worth a look at the machine
        return
    import psutil

    free = psutil.virtual_memory().available
    if count > free:
        raise TooLargeError(f"{what} needs {readable_bytes(count)} and {readable_bytes(free)} is free; {instead}")
