"""The last touches to Graphviz' SVG: text in the middle of its node in whatever font there is, and fonts to choose from."""

import re
from xml.etree import ElementTree as ET

_SVG = "http://www.w3.org/2000/svg"
_FONTS = "Arial, Liberation Sans, Arimo, Helvetica, sans-serif"
_INSET = 10
_HALO = {"paint-order": "stroke", "stroke": "white", "stroke-width": "5", "stroke-linejoin": "round"}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def finish_svg(text: str) -> str:
    """Give the SVG as it is published. Graphviz writes each row of a label from its left end, as wide as in Arial."""
    ET.register_namespace("", _SVG)
    root = ET.fromstring(text)  # noqa: S314 - Graphviz wrote it, from a drawing of ours
    for group in root.iter(f"{{{_SVG}}}g"):
        if group.get("class") == "node":
            _center(group)
        elif group.get("class") == "cluster":
            _align_left(group)
    for row in root.iter(f"{{{_SVG}}}text"):
        row.set("font-family", _FONTS)
    _lift_titles(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _lift_titles(root: ET.Element) -> None:
    """Write what stands on lines last, and on white: titles of groups, which the arrows into them cross, and words at arrows."""
    above = ET.Element(f"{{{_SVG}}}g", {"class": "titles"})
    for group in root.iter(f"{{{_SVG}}}g"):
        if group.get("class") in {"cluster", "edge"}:
            for row in group.findall(f"{{{_SVG}}}text"):
                group.remove(row)
                row.attrib.update(_HALO)
                above.append(row)
    if len(above):
        root[0].append(above)


def _align_left(cluster: ET.Element) -> None:
    """Write a group's title from its left edge, whose font may be wider than Arial."""
    places = _list_places(cluster)
    for row in cluster.iter(f"{{{_SVG}}}text"):
        row.set("text-anchor", "start")
        row.set("x", f"{min(places) + _INSET:.2f}")


def _list_places(group: ET.Element) -> list[float]:
    places: list[float] = []
    for shape in (*group.iter(f"{{{_SVG}}}path"), *group.iter(f"{{{_SVG}}}polygon")):
        places += map(float, _NUMBER.findall(shape.get("d") or shape.get("points") or "")[::2])
    return places


def _center(node: ET.Element) -> None:
    places = _list_places(node)
    if not places:
        return
    middle = f"{(min(places) + max(places)) / 2:.2f}"
    for row in node.iter(f"{{{_SVG}}}text"):
        row.set("text-anchor", "middle")
        row.set("x", middle)
