import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalog.model import Intent
from dsl.dump import dump_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_the_bytes_are_those_of_the_standard_library(value: Any) -> None:
    assert dump_json(value) == json.dumps(value, indent=2, ensure_ascii=False)


@pytest.mark.parametrize("value", [{}, [], (), (1, (2,)), {"a": [{}]}, Intent.DISRUPT, 1e300, -0.0])
def test_so_are_those_of_what_is_rarer(value: Any) -> None:
    assert dump_json(value) == json.dumps(value, indent=2, ensure_ascii=False)


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError, match="set is not JSON"):
        dump_json({"a": {1}})
