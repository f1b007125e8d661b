import re
from typing import Any

import pytest

from dsl.graph.dot import write_dot
from dsl.graph.draw import draw_workflow
from dsl.graph.drawing import Drawing, Group, Line, Node, Shape
from dsl.graph.mermaid import write_mermaid
from dsl.graph.svg import finish_svg
from dsl.model import WorkflowFile
from dsl.shape import validate
from dsl.source import load_source
from infra.drawing import render_svg
from tests.golden.machines import FIRST, HANDLERS, LAST
from tests.unit.dsl.build import HEAD, write
from tests.unit.dsl_graph.flows import EVERYTHING


def _draw(steps: str, **changes: Any) -> Drawing:
    root, _ = load_source(write(steps, **changes), "flow.yaml")
    assert root is not None
    model, found = validate(root, WorkflowFile)
    assert model is not None, found
    return draw_workflow(model)


def _nodes(group: Group) -> list[Node]:
    return [*group.nodes, *(node for inner in group.groups for node in _nodes(inner))]


def _reached(drawing: Drawing) -> set[str]:
    reached, pending = set(), [":start"]
    while pending:
        one = pending.pop()
        if one not in reached:
            reached.add(one)
            pending += [edge.head for edge in drawing.edges if edge.tail == one]
    return reached


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("kind", FIRST)
def test_every_step_is_drawn_and_reached(kind: str, handler: str) -> None:
    steps = FIRST[kind] if kind in {"fail", "succeed"} else FIRST[kind] + LAST
    drawing = _draw(steps, on_failure=HANDLERS[handler])
    nodes = {node.id for node in _nodes(drawing.root)}
    assert nodes == _reached(drawing)
    assert {edge.head for edge in drawing.edges} <= nodes


def test_what_is_taken_back_stands_in_a_lane_of_its_own_last_first() -> None:
    drawing = _draw(EVERYTHING, on_failure="undo")
    lane = next(group for group in drawing.root.groups if group.line is Line.FAILURE)
    assert [node.title for node in lane.nodes] == ["undo l", "undo first", "failed"]
    into = [edge for edge in drawing.edges if edge.head == "l.undo"]
    assert [(edge.line, edge.from_group) for edge in into] == [(Line.FAILURE, "steps")]


def test_without_undo_and_handler_there_is_no_lane() -> None:
    assert [group.id for group in _draw(EVERYTHING).root.groups] == ["steps"]


def test_conditions_are_written_where_they_decide() -> None:
    drawing = _draw(EVERYTHING)
    assert {edge.label for edge in drawing.edges} >= {"$input.go", "else", "yes", "no", "left", "right"}
    fails = [node for node in _nodes(drawing.root) if node.shape is Shape.FAILED]
    assert [(node.title, node.does) for node in fails] == [("stop", "Enough")]


def test_a_rollout_goes_round_and_a_failure_is_caught_beside() -> None:
    drawing = _draw(EVERYTHING)
    again = [edge for edge in drawing.edges if edge.label == "next batch"]
    assert [(edge.tail, edge.head) for edge in again] == [("patch.gate", "open_one")]
    caught = [edge for edge in drawing.edges if edge.label == "fails: Refused"]
    assert [(edge.head, edge.line) for edge in caught] == [("noted", Line.FAILURE)]


def test_long_texts_are_broken_into_rows() -> None:
    rows = next(node for node in _nodes(_draw(EVERYTHING).root) if node.id == "first").rows
    assert len(rows) == 3
    assert max(map(len, rows)) <= 34


def test_mermaid_names_no_node_by_a_word_of_its_own() -> None:
    text = write_mermaid(_draw("- id: end\n  atom: box.look\n  with: {host: x}\n"))
    assert '["<b>end</b><br/>box.look"]' in text
    assert not re.search(r"^\s*end\[", text, re.MULTILINE)


def test_mermaid_escapes_what_it_would_read() -> None:
    text = write_mermaid(_draw('- id: a\n  when: $input.host = "x|]"\n  wait: 5s\n'))
    assert "$input.host = &quot;x|]&quot;" in text


def test_the_picture_is_the_same_every_time_and_centers_its_text() -> None:
    dot = write_dot(_draw(EVERYTHING, on_failure="undo"))
    picture = render_svg(dot)
    assert picture == render_svg(dot)
    assert picture.startswith("<svg") or "<svg" in picture
    row = re.search(r"<text[^>]*>first</text>", picture)
    assert row is not None
    assert 'text-anchor="middle"' in row[0]
    assert finish_svg(picture) == picture


def test_titles_of_groups_and_words_at_arrows_stand_above_the_lines() -> None:
    picture = render_svg(write_dot(_draw(EVERYTHING, on_failure="undo")))
    last_line = max(found.start() for found in re.finditer("<path|<polygon", picture))
    title = re.search(r"<text[^>]*>\s*a step fails", picture)
    assert title is not None
    assert title.start() > last_line
    assert 'paint-order="stroke"' in title[0]


def test_the_undo_of_an_sdk_call_and_whoever_is_told_are_in_the_lane_of_failure() -> None:
    steps = """
    - id: tag
      aws: ec2:createTags
      with: {Resources: [i-1]}
      intent: configure
      object: "host/{% $input.host %}"
      resources: {any: all}
      undo: {atom: box.close, with: {host: x}}
    """
    head = HEAD + "notify: {atom: box.tune, with: {host: x}}\n"
    drawing = _draw(steps, head=head, on_failure="undo")
    lane = next(group for group in drawing.root.groups if group.line is Line.FAILURE)
    assert [(node.title, node.does) for node in lane.nodes] == [
        ("undo tag", "box.close"),
        ("notify", "box.tune"),
        ("failed", "with the original error"),
    ]
    told = _draw("- {id: w, wait: 1s}\n", head=head)
    assert [group.label for group in told.root.groups if group.line is Line.FAILURE] == ["on failure"]


def test_every_row_of_what_a_step_does_is_a_row_of_its_own() -> None:
    asked = "- id: ask\n  approve: {from: [role/sre], reason: why, expires: 1h}\n"
    assert "asks role/sre</FONT><BR/>" in write_dot(_draw(asked))
