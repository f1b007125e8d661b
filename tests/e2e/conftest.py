"""One local AWS for all end-to-end tests, with IAM enforced, on a port of its own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from infra.cloud import Cloud, open_local
from infra.demo.policy import build_active
from infra.deploy import Order, deploy
from infra.local.server import Site, find_program, running_local
from infra.project import find_project

Await = Callable[[Callable[[], Any]], Any]

_PATIENCE_S = 30


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(find_program(find_project()), tmp_path_factory.mktemp("local-aws"))


@pytest.fixture(scope="session")
def cloud(site: Site) -> Iterator[Cloud]:
    with running_local(site) as running:
        yield open_local(running.endpoint)


@pytest.fixture(scope="session")
def outputs(cloud: Cloud) -> dict[str, str]:
    """Deploy this very project, but for one rule that acts as it does not in a fresh installation; give its stack's outputs."""
    project = find_project()
    return deploy(cloud, project, build_active(project), Order("e2e"), lambda _line: None)


@pytest.fixture(scope="session")
def eventually() -> Await:
    """Ask again until the answer is true, and give it; fails after half a minute."""
    return Retrying(
        retry=retry_if_result(lambda answer: not answer),
        wait=wait_fixed(0.05),
        stop=stop_after_delay(_PATIENCE_S),
    )
