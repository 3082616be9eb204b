"""A writer's own words: less quoted history, signatures, footers and disclaimers (decision 14)."""
# ruff: noqa: RUF001 - its letters look alike in several alphabets, and are meant

import re
from dataclasses import dataclass
from typing import Final


def _any(*ways: str) -> str:
    return "(?:" + "|".join(ways) + ")"


def _sought(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_HEADS: Final = _any(
    "from|sent|to|cc|date|subject|reply-to|von|gesendet|an|datum|betreff|de|enviado|para|asunto",
    "fecha|envoy[ée]|[aà]|objet|da|inviato|oggetto|data|assunto|verzonden|aan|onderwerp|od|do",
    "wys[lł]ano|temat|от|изпратено|до|относно|дата|кому|тема|отправлено",
)
_HEADER_LINE: Final = _sought(rf"^\W{{0,4}}{_HEADS}\*?\s?:\*?\s?\S")
# "On Monday, X wrote:", "Am 3.4. schrieb X:" and their like, on one line or broken into two.
_VERBS: Final = _any(
    r"wrote|schrieb|escribi[oó]|[ée]crit|ha scritto|escreveu|schreef|napisa[lł]\w*",
    r"написа|пише|написал\w?|пишет",
)
_WROTE: Final = _sought(rf"\b{_VERBS}\b[^\n]{{0,80}}:\s*$")
_WROTE_BEGIN: Final = _sought(
    r"^\W{0,2}(on|am|el|le|il|em|op|dnia|w dniu|на|в|пн|вт|ср|чт|пт|сб|вс"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4})\b"
)
_OLDER: Final = _any(
    "original message|original-?nachricht|ursprüngliche nachricht|mensaje original",
    "message d'origine|messaggio originale|mensagem original|oorspronkelijk bericht",
    "wiadomość oryginalna|oryginalna wiadomość|оригинално съобщение|исходное сообщение",
)
_ORIGINAL: Final = _sought(
    rf"^\W*[-_*]{{2,}}\s?{_OLDER}\b|^_{{20,}}$|^\W*(please )?(reply|write) above this line"
    r"|^#{2,}\W*(please )?(type|reply)"
)
_SENT_ON: Final = _any(
    "forwarded message|weitergeleitete nachricht|mensaje reenviado|message transf[ée]r[ée]",
    "messaggio inoltrato|mensagem encaminhada|doorgestuurd bericht|przekazana wiadomość",
    "препратено съобщение|пересланное сообщение|пересылаемое сообщение",
)
_FORWARD: Final = _sought(rf"^\W*[-_*]{{2,}}.{{0,3}}{_SENT_ON}|^\W*begin forwarded message")
_GADGETS: Final = _any(
    r"sent from my|sent with|get outlook|von meinem .{1,25} gesendet|gesendet (von|mit)",
    r"enviado (desde|do meu|a partir)|envoy[ée] (de|depuis)|inviato da|verzonden (vanaf|van|met)",
    r"wysłan[eo] z|изпратено от|отправлено (с|из)",
)
_GREETINGS: Final = _any(
    r"(many|best|kind|warm|with kind|with best) (regards|wishes|greetings)\b.{0,30}",
    r"yours (sincerely|faithfully|truly)\b.{0,30}",
    r"(mit|viele|beste|liebe|schöne|freundliche|herzliche)\b.{0,25}\bgr(ü|ue)(ß|ss)en?\b.{0,30}",
    r"(un|muchos|cordiales)?\s?(saludos?|saludo cordial|atentamente|atte)\b.{0,30}",
    r"(bien )?cordialement\b.{0,30}|(sincères |meilleures )?salutations\b.{0,30}",
    r"(cordiali|distinti|tanti)?\s?saluti\b.{0,30}|un saluto\b.{0,30}",
    r"((com os )?(melhores|meus) )?cumprimentos\b.{0,30}|atenciosamente\b.{0,30}",
    r"(met )?(vriendelijke|hartelijke) groet(en)?\b.{0,30}|groetjes\b.{0,30}|groeten\b.{0,30}",
    r"(serdecznie )?pozdrawiam\b.{0,30}|z poważaniem\b.{0,30}|pozdr\b.{0,30}",
    r"поздрави\b.{0,30}|с (най-добри )?(уважение|поздрав\w*|уважением)\b.{0,30}",
    r"с наилучшими\b.{0,40}|всего доброго\b.{0,30}",
    r"(regards|sincerely|cheers|mfg|lg|vg|mvg|best|br|kr|abraços|ciao|yours)\W{0,3}$",
)
_SIGNATURE: Final = _sought(
    rf"^\s*--\s*$|^\s*[_=*-]{{4,}}\s*$|^\W*{_GADGETS}\b|^\W{{0,4}}{_GREETINGS}$"
)
_SECRETS: Final = _any(
    r"this (e-?mail|message|communication)\b.{0,80}(confidential|intended|privileged)",
    r"confidentiality notice|diese (e-?mail|nachricht)\b.{0,80}vertraulich",
    r"este (correo|mensaje)\b.{0,80}confidencial|ce (message|courriel|mail)\b.{0,80}confidentiel",
    r"questo messaggio\b.{0,80}(riservat|confidenzial)|esta mensagem\b.{0,80}confidencia",
    r"dit bericht\b.{0,80}vertrouwelijk|ta wiadomość\b.{0,80}poufn",
    r"това съобщение\b.{0,80}поверителн|данное сообщение\b.{0,80}конфиденциальн",
    r"please consider the environment|think before you print|virus-?free\. www",
)
_DISCLAIMER: Final = _sought(rf"\b{_SECRETS}")
_POSTSCRIPT: Final = _sought(r"^\W*p\.?\s?s\.?\b\W")
_LONGEST_LINE: Final = 400  # what is looked at of a line here


def own_words(text: str) -> str:
    """The lines that the writer wrote himself, this time.

    A forwarded message counts as his words: he sends a monitor's mail on as his own report.
    """
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    so_far = _SoFar()
    for number, line in enumerate(lines):
        head = line[:_LONGEST_LINE]
        if _FORWARD.match(head) or _POSTSCRIPT.match(head):
            so_far.skipping = False
            kept.append(head if _POSTSCRIPT.match(head) else "")
        elif _is_history(head, lines, number, so_far):
            break
        elif not so_far.skipping and not _is_aside(head, lines, number):
            so_far.skipping = bool(_DISCLAIMER.search(head)) or _signs(head, so_far)
            kept += [] if so_far.skipping else [line]
        so_far.add(head, kept)
    return "\n".join(kept)


@dataclass(slots=True)
class _SoFar:
    """What the lines above hold, so that none is looked at again: a text may have 150,000 of them.
    `skipping`: within a signature, which only a postscript or a forwarded mail ends.
    """

    skipping: bool = False
    anything: bool = False
    said: bool = False
    forwarded: bool = False

    def add(self, line: str, kept: list[str]) -> None:
        """One line more; `kept` are the writer's own."""
        self.anything = self.anything or bool(line.strip())
        self.said = self.said or bool(kept and kept[-1].strip())
        self.forwarded = self.forwarded or bool(_FORWARD.match(line))


def _signs(line: str, so_far: _SoFar) -> bool:
    """Does a signature begin here? Not before the writer has said something."""
    return so_far.said and bool(_SIGNATURE.match(line))


def _is_history(line: str, lines: list[str], number: int, so_far: _SoFar) -> bool:
    """Does everything from here on belong to an older mail?"""
    if _ORIGINAL.match(line):
        return True
    if not _is_header(line):
        return _is_intro(line, lines, number) and not _answers_below(lines, number)
    # Outlook's block of "From: Sent: To: Subject:" without a line before it, unless forwarded.
    block = [one for one in lines[number : number + 5] if _is_header(one[:_LONGEST_LINE])]
    return len(block) >= 3 and so_far.anything and not so_far.forwarded


def _is_aside(line: str, lines: list[str], number: int) -> bool:
    """Is this one line somebody else's: quoted, an intro to a quote, a head of a forwarded mail?"""
    if line.lstrip().startswith((">", "&gt;")):
        return True
    if _is_intro(line, lines, number):
        return True
    before = "\n".join(one[:_LONGEST_LINE] for one in lines[max(0, number - 7) : number])
    return _is_header(line) and any(_FORWARD.match(one) for one in before.split("\n"))


def _is_header(line: str) -> bool:
    return bool(_HEADER_LINE.match(line))


def _is_intro(line: str, lines: list[str], number: int) -> bool:
    if _WROTE.search(line):
        return bool(_WROTE_BEGIN.match(line) or "@" in line or re.search(r"\d", line))
    if not _WROTE_BEGIN.match(line) or not re.search(r"\d", line) or number + 1 >= len(lines):
        return False
    return bool(_WROTE.search(lines[number + 1][:_LONGEST_LINE]))


def _answers_below(lines: list[str], number: int) -> bool:
    """Is what follows marked as quoted line by line? Then words below it are the writer's own."""
    following = (one.lstrip() for one in lines[number + 1 : number + 6])
    return any(one.startswith((">", "&gt;")) for one in following)
