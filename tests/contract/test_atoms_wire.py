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


TOKENS = {"ClientToken", "ClientRequestToken", "IdempotencyToken", "RequestToken", "clientToken"}


def find_tokens(shape: Any) -> set[str]:
    """Name the members of a request that make a repeat of it harmless."""
    if shape is None:
        return set()
    marked = {name for name, member in shape.members.items() if member.metadata.get("idempotencyToken")}
    return marked | (TOKENS & set(shape.members))


@pytest.mark.parametrize("atom", [one for one in get_atoms().values() if one.mutating], ids=lambda atom: atom.name)
def test_where_the_api_takes_a_token_it_is_the_idempotency_key(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    tokens = find_tokens(read_operations(scenario.service)[scenario.operation].input_shape)
    would = scenario.build().dry_run(atom, **scenario.given)["would"]
    given = {name: value for name, value in would["parameters"].items() if name in tokens}
    assert bool(given) == bool(tokens), f"{scenario.operation} takes {tokens}"
    assert all(len(str(value)) >= 16 for value in given.values())


@every_atom
def test_what_an_atom_sends_is_what_the_api_takes_and_its_role_allows(atom: AnyAtom) -> None:
    scenario = SCENARIOS[atom.name]
    aws = scenario.build()
    seen: set[str] = set()
    aws.services = {name: CheckedClient(name, fake, seen) for name, fake in aws.services.items()}
    aws.run(atom, **scenario.given)
    aws.run(atom, **scenario.given)
    assert seen <= atom.actions
