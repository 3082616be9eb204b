"""Does a reply only say that somebody will look?"""

import re
from typing import Final

# Each part of a holding reply is one of these. None of them helps a customer, and a reply that says
# one thing more is an answer (R94).
_EMPTY: Final = re.compile(
    r"""(?ix)
    (hello|hi|hey|dear|good\s(morning|afternoon|evening|day)|greetings)\b.{0,40}
    | (many\s)?(thanks?|thank\syou)\b.{0,60}
    | (this\sis\san?\s)?(automatic|automated)\s(reply|response|answer|acknowledgement)
    | (your|the)\s(ticket|request|message|e-?mail|report|case)\s(\S{1,30}\s)?(was|is|has\sbeen)\s
        (now\s)?(received|registered|created|opened|logged|forwarded|escalated|assigned)\b.{0,40}
    | ((we|i)\s?)?(have\s|'ve\s)?(just\s|already\s|now\s)?
        (received|got|noted|registered|forwarded|escalated|passed\son)
        \s(your|the|this|it)\b.{0,60}
    | ((we|i|our\s\w+|somebody|someone|an?\s\w+)\s?)?(are\s|am\s|is\s|'re\s|'m\s)?
        (currently\s|now\s|already\s)?
        (on\sit|looking\sinto|looking\sat|investigating|checking|working\son)\b.{0,60}
    | ((we|i|our\s\w+|somebody|someone|an?\s\w+)\s?)?(will\s|'ll\s)(be\s)?(now\s|shortly\s|soon\s)?
        (look\sinto|investigate|check|reply|answer|get\sback\sto|come\sback\sto|let\syou\sknow
        |keep\syou|update\syou|in\stouch)\b.{0,60}
    | (please\s)?(bear\swith\sus|stand\sby|wait)\b.{0,30}
    | (please\s)?(allow|give)\s(us|me)\b.{0,30}
    """
)
_PARTS: Final = re.compile(r"[.!?;:,\n]+(?:\s|$)|\s(?:and|but|because|-)\s|\n+")
_SIGNATURE: Final = re.compile(
    r"^(--|((kind|best|warm|many)\s)?(regards|wishes|sincerely|cheers|yours)\b[^\n]{0,20})\s*$.*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_LONGEST: Final = 600


def is_holding(text: str) -> bool:
    """True for words such as "Thanks, we are looking into it" (in English), and for no words."""
    if len(text) > _LONGEST:
        return False
    parts = (part.strip(" ,.-") for part in _PARTS.split(_SIGNATURE.sub("", text)))
    return all(_EMPTY.fullmatch(" ".join(part.split())) for part in parts if part)
