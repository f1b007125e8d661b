"""The reference of the atoms is what their contracts say."""

from chalicelib.atoms.registry import get_atoms
from infra.atom_pages import find_stale_pages, write_pages
from infra.project import find_project


def test_every_atom_has_a_page_that_is_up_to_date() -> None:
    assert find_stale_pages(find_project()) == (), "run `interlock build`"


def test_a_page_names_every_field_error_and_right() -> None:
    pages = write_pages(get_atoms())
    for name, atom in get_atoms().items():
        words = [*atom.input.model_fields, *atom.output.model_fields, *atom.actions]
        words += [error.__name__ for error in atom.raises]
        assert not [word for word in words if f"`{word}`" not in pages[f"{name}.md"]]
        assert f"[{name}]({name}.md)" in pages["README.md"]
