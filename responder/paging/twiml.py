"""TwiML: what Twilio is to say, ask and write (https://www.twilio.com/docs/voice/twiml)."""

from html import escape

from playbooks.plain import one_line

ACKNOWLEDGE, ESCALATE, REPEAT = "4", "5", "*"
_ASKED = 3  # times, before we hang up
_WAIT_SECONDS = 10
KEYS = "Press 4 to acknowledge. Press 5 to escalate. Press star to hear it again."
KEYS_OF_TEST = "Press 4 to confirm that you were called."


def asking(words: str, *, keys: str = KEYS, action: str) -> str:
    """Say these words, wait for one of the keys, which goes to `action`; three times, then hang
    up.
    """
    gather = (
        f'<Gather input="dtmf" numDigits="1" finishOnKey="" timeout="{_WAIT_SECONDS}"'
        f' method="POST" action="{_told(action)}">{_said(f"{words} {keys}")}</Gather>'
    )
    return _response(gather * _ASKED + _said("No key was pressed. Goodbye."))


def saying(words: str) -> str:
    """Say these words and hang up."""
    return _response(_said(words) + "<Hangup/>")


def telling(title: str) -> str:
    """A page to somebody who can't press a key: said twice, for the first words go by unheard."""
    words = f"{opening(title)} Look at your messages. "
    return _response(_said(words * 2))


def later(address: str) -> str:
    """Something went wrong here: hold the line, and ask this address again."""
    again = f'<Pause length="5"/><Redirect method="POST">{_told(address)}</Redirect>'
    return _response(_said("One moment please.") + again)


def writing(words: str) -> str:
    """Answer an SMS; "" answers nothing."""
    return _response(f"<Message>{_told(words, limit=300)}</Message>" if words else "")


def opening(title: str) -> str:
    """Who calls, and what is broken."""
    return f"This is Rapid Responder. {one_line(title)}."


def _said(words: str) -> str:
    return f"<Say>{_told(words, limit=1000)}</Say>"


def _told(text: str, *, limit: int = 2000) -> str:
    return escape(one_line(text, limit=limit))


def _response(verbs: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{verbs}</Response>'
