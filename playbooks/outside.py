"""How the outside world says no: one error for every adapter, and what is not there any more."""


class OutsideError(Exception):
    """A call to the outside did not do what we asked.

    `transient`: trying again later may help (503, refused connection); else only a person can mend
    it (401, bad field).
    `ambiguous`: the effect may have happened all the same (time-out, reset after sending,
    unreadable answer).
    `retry_after`: seconds that the other side asked us to wait, if it did.
    The message says what we tried, on what, and what came back; never a secret or a URL with a
    token.
    """

    def __init__(
        self,
        message: str,
        *,
        transient: bool,
        ambiguous: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.transient = transient
        self.ambiguous = ambiguous
        self.retry_after = retry_after


class LoginRefusedError(OutsideError):
    """We are not let in (401). A person must mend that, and what waits goes on by itself then: it
    is tried again, and somebody is told.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=True)


class TooLongError(OutsideError):
    """The answer is longer than we are willing to read; asked again it will be no shorter, but
    perhaps a smaller question is.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message, transient=True, ambiguous=True)


class GoneError(OutsideError):
    """What we asked about is not there any more (404, 410): a person has deleted it."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message, transient=False, retry_after=retry_after)
