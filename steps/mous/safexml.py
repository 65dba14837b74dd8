"""XML from elsewhere, taken with care: no DTD, no entities, no depth without end; names without namespaces.

The documents of the Observing Tool change their namespaces from cycle to cycle, not their element names.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

__all__ = ["each", "first", "number_of", "parse_xml", "signed_of", "text_of"]

DEEPEST = 200


def parse_xml(data: bytes) -> Element:
    """The tree of a document, tags and attributes without their namespaces.

    Raises
    ------
    ValueError
        It is not XML, declares a document type or entities, or is nested deeper than anything real.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise ValueError("is nested too deeply")
        builder.start(_local(tag), {_local(name): value for name, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(tag))

    def refuse(*_: object) -> None:
        raise ValueError("declares a document type: the Observing Tool never does")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"is not XML: {error}") from error
    return builder.close()


def each(node: Element, *tags: str) -> Iterator[Element]:
    """All elements below `node` with one of these names, in the order of the document."""
    return (found for found in node.iter() if found.tag in tags)


def first(node: Element | None, tag: str) -> Element | None:
    """The first child with that name, else the first such element anywhere below; None when there is none."""
    if node is None:
        return None
    child = node.find(tag)
    return child if child is not None else next(each(node, tag), None)


def text_of(node: Element | None, tag: str) -> str:
    """The text of the first such element, or empty."""
    found = first(node, tag)
    return (found.text or "").strip() if found is not None else ""


def signed_of(node: Element | None, tag: str) -> tuple[float, str] | None:
    """Number and unit of the first such element; None where there is none."""
    found = first(node, tag)
    if found is None:
        return None
    try:
        return float((found.text or "").strip()), found.get("unit", "")
    except ValueError:
        return None


def number_of(node: Element | None, tag: str) -> tuple[float, str] | None:
    """Number and unit of the first such element; None where there is none that is positive."""
    found = signed_of(node, tag)
    return found if found is not None and found[0] > 0 else None


def _local(name: str) -> str:
    return name.rpartition("}")[2].rpartition(":")[2]
