"""Every request of every atom, and every answer of our fakes, checked against AWS's own service models."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import Session
from botocore.validate import ParamValidator

from chalicelib.atoms.registry import MODULES, AnyAtom, get_atoms
from tests.contract.authorizations import API
from tests.unit.atoms.scenarios import SCENARIOS

IAM_PREFIX = {api: prefix for prefix, api in API.items()}

every_atom = pytest.mark.parametrize("atom", get_atoms().values(), ids=list(MODULES))


@cache
def read_operations(service: str) -> dict[str, Any]:
    """Give python name -> operation model."""
    model = Session().get_service_model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


class CheckedClient:
    """A fake that refuses what botocore would refuse to send, and whose answers AWS could have given."""

    def __init__(self, service: str, fake: Any, seen: set[str]) -> None:
        self._service, self._fake, self._seen = service, fake, seen

    def __getattr__(self, name: str) -> Any:
        if name == "get_paginator":
            return self._paginate
        return self._check(name, getattr(self._fake, name))

    def _paginate(self, operation: str) -> Any:
        pages = self._fake.get_paginator(operation)

        class Paginator:
            paginate = staticmethod(lambda **query: self._check_pages(operation, pages, query))

        return Paginator()

    def _check_pages(self, operation: str, pages: Any, query: dict[str, Any]) -> Any:
        self._validate(operation, query, "input")
        for page in pages.paginate(**query):
            self._validate(operation, page, "output")
            yield page

    def _check(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def checked(**given: Any) -> Any:
            self._validate(name, given, "input")
            answer = call(**given)
            self._validate(name, answer or {}, "output")
            return answer

        return checked

    def _validate(self, name: str, value: dict[str, Any], which: str) -> None:
        operation = read_operations(self._service)[name]
        self._seen.add(f"{IAM_PREFIX.get(self._service, self._service)}:{operation.name}")
        shape = operation.input_shape if which == "input" else operation.output_shape
        if shape is not None:
            found = ParamValidator().validate(value, shape)
            report = found.generate_report()
            assert not report or (which == "output" and "Missing required" in report), f"{name} {which}: {report}"


@every_atom
def test_what_an_atom_sends_is_what_the_api_takes_and_its_role_allows(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    aws = scenario.build()
    seen: set[str] = set()
    aws.services = {name: CheckedClient(name, fake, seen) for name, fake in aws.services.items()}
    aws.run(atom, **scenario.given)
    aws.run(atom, **scenario.given)
    assert seen <= atom.actions
