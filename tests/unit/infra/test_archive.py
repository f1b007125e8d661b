import io
import zipfile
from pathlib import Path

from infra.archive import add_program, hash_content, normalize_archive, write_archive


def test_the_same_files_give_the_same_bytes_in_any_order() -> None:
    assert write_archive({"b": b"2", "a": b"1"}) == write_archive({"a": b"1", "b": b"2"})


def test_a_zip_made_at_another_time_normalizes_to_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for year, names in ((2001, "ab"), (2002, "ba")):
        path = tmp_path / f"{year}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), name)
        made.append(normalize_archive(path))
    assert made[0] == made[1]


def test_an_added_program_is_executable_and_the_rest_is_kept() -> None:
    with zipfile.ZipFile(io.BytesIO(add_program(write_archive({"a": b"1"}), "bootstrap", "#!/bin/sh\n"))) as archive:
        assert archive.read("a") == b"1"
        assert archive.getinfo("bootstrap").external_attr >> 16 == 0o100755
        assert archive.testzip() is None


def test_content_is_named_by_its_hash() -> None:
    assert hash_content(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
