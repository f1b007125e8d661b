from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from dsl.diagnostics import Diagnostic
from dsl.model.base import Duration, Strict, mistake
from dsl.shape import find_node, locate, locate_key, validate
from dsl.source import load_source


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Inner(Strict):
    size: int = Field(ge=1)
    colors: tuple[Color, ...] = ()


class Model(Strict):
    name: str
    mode: Literal["fast", "slow"] = "fast"
    wait: Duration = 0
    inner: Inner | None = None
    many: dict[str, Inner] = Field(default={})
    either: int | list[int] = 0

    @model_validator(mode="after")
    def _check(self) -> "Model":
        if self.name == "bad":
            raise mistake("E999", "that name is bad", "choose a good one")
        return self


def _check(text: str) -> tuple[Model | None, tuple[Diagnostic, ...]]:
    node, found = load_source(text, "f.yaml")
    assert node is not None
    assert found == ()
    return validate(node, Model)


def _one(text: str) -> tuple[str, int, int, str, str | None]:
    model, found = _check(text)
    assert model is None
    assert len(found) == 1, found
    only = found[0]
    return only.code, only.span.line, only.span.column, only.message, only.hint


def test_a_valid_file_gives_the_model() -> None:
    model, found = _check("name: x\nwait: 1m\ninner: {size: 2, colors: [red]}\n")
    assert found == ()
    assert model == Model(name="x", wait="1m", inner=Inner(size=2, colors=(Color.RED,)))
    assert model.wait == 60


def test_an_unknown_field_is_found_at_its_key_with_the_nearest_name() -> None:
    assert _one("name: x\ninner:\n  size: 1\n  colours: [red]\n") == (
        "E201", 4, 3, "unknown field `colours`", "did you mean 'colors'?",
    )  # fmt: skip


def test_an_unknown_field_without_a_near_name_gets_the_known_ones() -> None:
    assert _one("name: x\nmany:\n  a: {size: 1, zzz: 1}\n")[4] == "known here: colors, size"


def test_a_missing_field_is_found_at_the_key_of_its_mapping() -> None:
    assert _one("name: x\nmany:\n  a: {colors: []}\n")[:4] == ("E202", 3, 3, "`size` is missing")


def test_a_misspelt_required_field_is_one_mistake_and_not_two() -> None:
    assert _one("nmae: x\n")[0] == "E201"


def test_scalars_are_not_converted() -> None:
    assert _one("name: 3\n")[3:] == ("`name` must be a string, not a whole number", 'quote it: "3"')
    assert _one('name: x\ninner: {size: "1"}\n')[3] == "`size` must be a whole number, not a string"
    assert _one("name: x\ninner: {size: true}\n")[3] == "`size` must be a whole number, not true or false"


def test_members_of_a_union_are_one_message() -> None:
    assert _one("name: x\neither: {}\n")[3] == "`either` must be a whole number or a list, not a mapping"


def test_words_get_the_nearest_and_ranges_their_bound() -> None:
    assert _one("name: x\nmode: fasst\n")[3:] == ('`mode` cannot be "fasst"', "did you mean 'fast'?")
    assert _one("name: x\ninner: {size: 1, colors: [green]}\n")[4] == "write one of: red, blue"
    assert _one("name: x\ninner: {size: 0}\n")[3] == "`size` must be greater than or equal to 1"


def test_a_validator_chooses_its_own_words() -> None:
    assert _one("name: bad\n") == ("E999", 1, 1, "that name is bad", "choose a good one")


def test_all_mistakes_come_at_once() -> None:
    _, found = _check("name: 1\nmode: x\nwait: 5\ninner: {size: 0, x: 1}\n")
    assert sorted(one.code for one in found) == ["E201", "E203", "E203", "E204", "E204"]


def test_a_file_that_is_no_mapping_says_so() -> None:
    assert _one("- a\n")[3] == "the file must be a mapping, not a list"


def test_locate_goes_as_far_as_the_path_exists() -> None:
    node, _ = load_source("a:\n  - b: 1\n", "f.yaml")
    assert node is not None
    assert locate(node, ("a", 0, "b")).column == 8
    assert locate(node, ("a", "a tag", 0, "b", "int")).column == 8
    assert locate(node, ("a", 0, "zz")) == locate(node, ("a", 0))
    assert locate_key(node, ("a", 0, "b")).column == 5
    assert find_node(node, ()).value is node.value
