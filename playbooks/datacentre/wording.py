"""What a technician's words clearly say, sentence by sentence; in doubt they say nothing (pure)."""

import re
from enum import StrEnum


class Saying(StrEnum):
    """What a text says."""

    QUESTION = "question"
    REFUSED = "refused"
    DONE = "done"
    TAKEN = "taken"
    RECEIVED = "received"
    UNCLEAR = "unclear"


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_MOST = 8000

_REFUSED = _any_of(
    r"\b(?:can ?not|can't|unable to|not able to|will not|won't) (?:do|perform|carry out|execute"
    r"|process|accept|fulfil\w*|complete|offer)\b",
    r"\b(?:request|order|access|task|it) (?:is|was|has been) (?:refused|denied|rejected"
    r"|declined)\b",
    r"\bwe (?:refuse|decline|reject|must decline)\b",
    r"\bnot authori[sz]ed\b",
    r"\b(?:pin|pass ?phrase|password)\b.{0,30}\b(?:wrong|invalid|incorrect|not valid|mismatch)",
    r"\b(?:abgelehnt|nicht berechtigt|nicht autorisiert)\b",
    r"\blehnen\b.{0,60}\bab\b",
    r"\bkönnen\b.{0,60}\bnicht (?:durchführen|ausführen|annehmen|bearbeiten)\b",
)
_ACT = (
    r"(?:power[- ]?cycled|re-?booted|re-?started|reset|switched on|powered on|turned on|done"
    r"|completed|complete|finished|executed|performed|carried out)"
)
_DONE = _any_of(
    r"^\W*(?:all |it'?s |it is )?(?:done|completed|finished|erledigt|fertig|durchgeführt)\b[\W\d]*"
    r"(?:(?:at|since|um)\b.{0,30})?$",
    rf"\b(?:has|have|had) (?:just |now |already )?been (?:successfully )?{_ACT}\b",
    rf"\b(?:we|i)(?:'ve| have)? (?:just |now )?(?:successfully )?{_ACT}\b",
    rf"\b(?:power[- ]?cycle|re-?boot|reset|task|work|order|request|server|machine|photo)"
    rf" (?:is |was )(?:now |just )?(?:successfully )?{_ACT}\b",
    r"\b(?:power[- ]?cycle|re-?boot|task|work|order) (?:done|completed|complete|finished)\b",
    r"\b(?:wurde|ist|haben)\b.{0,60}\b(?:neu gestartet|neugestartet|durchgeführt|erledigt"
    r"|rebootet|eingeschaltet|abgeschlossen)\b",
)
_TAKEN = _any_of(
    r"\b(?:technician|engineer|colleague|someone|we|i|team)\b.{0,40}\b(?:on (?:the|his|her|my|our)"
    r" way|assigned|dispatched|working on|looking into|taking care|take care)\b",
    r"\b(?:we|i|technician|engineer|colleague|team)(?:'ll| will| is going to| are going to)"
    r" (?:now |shortly |soon )?(?:do|perform|check|proceed|go|look|start|begin|handle|power"
    r"|reboot)\b",
    r"\bwill be (?:done|performed|carried out|handled|executed|power[- ]?cycled|rebooted)\b",
    r"\b(?:in progress|work (?:has )?(?:started|begun)|we(?:'re| are) on it|on it now)\b",
    r"^\W*(?:acknowledged|confirmed|on it|will do)\b",
    r"\b(?:kümmern uns|in bearbeitung|machen wir|sind dran)\b",
    r"\btechniker\b.{0,40}\b(?:unterwegs|beauftragt)\b",
    r"\bwird\b.{0,60}\b(?:erledigt|durchgeführt|bearbeitet|neu gestartet)\b",
)
_RECEIVED = _any_of(
    r"\b(?:has been|have been|was|have) received\b",
    r"\bwe (?:have )?received\b",
    r"\b(?:ticket|case|request)\b.{0,40}\b(?:created|opened|registered|logged)\b",
    r"\b(?:eingegangen|erhalten)\b",
)
_NO = _any_of(
    r"\b(?:not|never|no|none|nothing|cannot|unable|failed|fails|without|but|however)\b",
    r"n't\b",
    r"\b(?:nicht|kein\w*|nie|fehlgeschlagen|aber)\b",
)
_LATER = _any_of(
    r"\b(?:will|shall|would|should|could|can|may|might|going to|once|when|as soon as|after|before"
    r"|until|if|unless|yet|still|tomorrow|later|soon|please|to be|being|need|needs|must)\b",
    r"'ll\b",
    r"\b(?:wird|werden|werde|würde\w*|wenn|sobald|falls|bevor|nachdem|morgen|später|bald|noch|bitte|soll\w*|muss)\b",
)


def said(text: str) -> Saying:
    """What all of it comes to. A question needs a person whatever else is said; what contradicts
    itself is unclear.
    """
    sentences = [one.strip() for one in _SENTENCE.split(text[:_MOST]) if one.strip()]
    if any("?" in one for one in sentences):
        return Saying.QUESTION
    found = {_of(one) for one in sentences}
    if Saying.REFUSED in found:
        clear = not found & {Saying.DONE, Saying.TAKEN}
        return Saying.REFUSED if clear else Saying.UNCLEAR
    if Saying.DONE in found:
        return Saying.UNCLEAR if any(map(_doubts, sentences)) else Saying.DONE
    for one in (Saying.TAKEN, Saying.RECEIVED):
        if one in found:
            return one
    return Saying.UNCLEAR


def _of(sentence: str) -> Saying:
    """One sentence. "Not done", "once it is done" and "will be done" are not done."""
    if _REFUSED.search(sentence):
        return Saying.REFUSED
    if _DONE.search(sentence) and not _NO.search(sentence) and not _LATER.search(sentence):
        return Saying.DONE
    if _TAKEN.search(sentence) and not _NO.search(sentence):
        return Saying.TAKEN
    return Saying.RECEIVED if _RECEIVED.search(sentence) else Saying.UNCLEAR


def _doubts(sentence: str) -> bool:
    """Does something speak against it? "Done. It does not come up." is for a person to read."""
    return _NO.search(sentence) is not None
