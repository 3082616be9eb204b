"""XML from strangers: no document type, so no entities that grow, and no depth without end."""

from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

_DEEPEST = 64


def parsed(body: bytes) -> Element:
    """The root. Raises ParseError for what is no XML, has a document type, or is too deep."""
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    depth = 0

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ParseError("nested too deeply")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_declared: object) -> None:
        raise ParseError("a document type is not admitted")

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise ParseError(str(error)) from None
    return builder.close()
