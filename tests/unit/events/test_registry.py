"""The registry of sources."""

from pathlib import Path

from chalicelib.events import sources
from chalicelib.events.contract import Source
from chalicelib.events.registry import MODULES, find_source

SOURCES = [source for name in MODULES if (source := find_source(name))]


def test_every_source_file_is_registered_once() -> None:
    files = {path.stem for path in Path(sources.__file__).parent.glob("*.py")} - {"__init__"}
    registered = [source.observe.__module__.rpartition(".")[2] for source in SOURCES]
    assert sorted(registered) == sorted(files)


def test_names_of_sources_are_unique_and_found() -> None:
    assert len({source.name for source in SOURCES}) == len(SOURCES)
    assert [source.name for source in SOURCES] == list(MODULES)
    assert all(isinstance(source, Source) for source in SOURCES)
    assert find_source("aws.unknown") is None


def test_only_interlock_may_carry_lineage() -> None:
    assert [source.name for source in SOURCES if source.carries_lineage] == ["interlock"]
