"""The last touches to Graphviz' SVG: text in the middle of its node in whatever font there is, and fonts to choose from."""

import re
from xml.etree import ElementTree as ET

_SVG = "http://www.w3.org/2000/svg"
_FONTS = "Arial, Liberation Sans, Arimo, Helvetica, sans-serif"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def finish_svg(text: str) -> str:
    """Give the SVG as it is published. Graphviz writes each row of a label from its left end, as wide as in Arial."""
    ET.register_namespace("", _SVG)
    root = ET.fromstring(text)  # noqa: S314 - Graphviz wrote it, from a drawing of ours
    for group in root.iter(f"{{{_SVG}}}g"):
        if group.get("class") == "node":
            _center(group)
    for row in root.iter(f"{{{_SVG}}}text"):
        row.set("font-family", _FONTS)
    return ET.tostring(root, encoding="unicode") + "\n"


def _center(node: ET.Element) -> None:
    places: list[float] = []
    for shape in (*node.iter(f"{{{_SVG}}}path"), *node.iter(f"{{{_SVG}}}polygon")):
        places += map(float, _NUMBER.findall(shape.get("d") or shape.get("points") or "")[::2])
    if not places:
        return
    middle = f"{(min(places) + max(places)) / 2:.2f}"
    for row in node.iter(f"{{{_SVG}}}text"):
        row.set("text-anchor", "middle")
        row.set("x", middle)
