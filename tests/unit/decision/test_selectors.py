from dataclasses import replace

import pytest

from chalicelib.catalog.model import Selector, Service
from chalicelib.decision.objects import view_object
from chalicelib.decision.selectors import describe_selector, list_selectors, select
from tests.unit.decision.examples import HOST, NOW, make_bundle

SHOP = Service(
    "shop", "P1", "shop-oncall", {"service": "shop", "env": "prod"}, selectors=(
        Selector("group", "shop-web"), Selector("target_group", "shop"),
        Selector("ecs_service", "shop-*", "prod", {"env": "prod"}), Selector("labels", labels={"app": "shop"}),
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "belongs"),
    [
        ({"service": "shop", "env": "prod", "zone": "a"}, True),
        ({"service": "shop"}, False),
        ({"group": "shop-web"}, True),
        ({"group": "shop-web-2"}, False),
        ({"target_group:shop": "registered"}, True),
        ({"target_group:other": "registered", "target_group": "shop"}, False),
        ({"cluster": "prod", "ecs_service": "shop-a", "env": "prod"}, True),
        ({"cluster": "prod", "ecs_service": "shop-a"}, False),
        ({"cluster": "test", "ecs_service": "shop-a", "env": "prod"}, False),
        ({"cluster": "prod", "ecs_service": "myshop-a", "env": "prod"}, False),
        ({"app": "shop"}, True),
        ({}, False),
    ],
)
def test_an_object_belongs_if_its_labels_are_those_of_the_service_or_one_selector_fits(
    labels: dict[str, str], *, belongs: bool
) -> None:
    assert select(SHOP, labels) is belongs
    bundle = replace(make_bundle(), services=(SHOP,))
    view = view_object(HOST, state="running", state_at=NOW, labels=labels, bundle=bundle)
    assert (view.service, view.tier) == (("shop", "P1") if belongs else (None, bundle.default_tier))


def test_a_service_without_labels_is_not_everybody_s() -> None:
    assert not select(SHOP._replace(labels={}), {"service": "shop", "env": "prod"})
    assert not select(SHOP._replace(labels={}, selectors=()), {})


def test_a_host_behind_two_target_groups_keeps_both() -> None:
    labels = {"target_group:shop": "registered", "target_group:admin": "registered"}
    admin = SHOP._replace(labels={}, selectors=(Selector("target_group", "admin"),))
    assert select(SHOP, labels)
    assert select(admin, labels)


def test_each_selector_says_in_a_line_what_it_selects() -> None:
    assert [describe_selector(one) for one in list_selectors(SHOP)] == [
        "service=shop, env=prod",
        "Auto Scaling group shop-web",
        "target group shop",
        "ECS services prod:shop-* with env=prod",
        "app=shop",
    ]
