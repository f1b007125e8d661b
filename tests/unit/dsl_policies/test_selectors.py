import pytest

from chalicelib.catalog.model import Selector
from dsl.policies.services import compile_services

HEAD = """\
kind: services
tiers: [P0, P1]
default_tier: P1
services:
  - name: shop
    tier: P0
    owner: shop-oncall
"""
GOOD = """\
    select:
      - group: shop-web
      - {target_group: shop}
      - {cluster: prod, ecs_service: "shop-*"}
      - {cluster: jobs, labels: {team: shop}}
      - labels: {app: shop}
"""


def test_every_kind_of_selector_compiles_and_labels_are_not_needed_beside_them() -> None:
    services, found = compile_services(HEAD + GOOD, "s.yaml")
    assert found == ()
    assert services is not None
    [shop] = services.services
    assert shop.labels == {}
    assert shop.selectors == (
        Selector("group", "shop-web"),
        Selector("target_group", "shop"),
        Selector("ecs_service", "shop-*", "prod"),
        Selector("ecs_service", "*", "jobs", {"team": "shop"}),
        Selector("labels", labels={"app": "shop"}),
    )


@pytest.mark.parametrize(
    ("text", "code", "place", "message", "hint"),
    [
        ("", "E932", (5, 11), "nothing selects the objects of 'shop'", "write `labels:`"),
        ("    select: []\n", "E204", (8, 13), "empty", "at least 1"),
        ("    select:\n      - {grup: web}\n", "E201", (9, 10), "unknown field `grup`", "did you mean 'group'"),
        ("    select:\n      - {}\n", "E932", (9, 9), "this selects nothing", "one of `group`"),
        (
            "    select:\n      - {group: web, target_group: web}\n", "E932", (9, 36),
            "this one says `group` and `target_group`", "write an item for each",
        ),
        (
            "    select:\n      - {ecs_service: web}\n", "E932", (9, 23),
            "ECS services are selected in a cluster", "add `cluster:`",
        ),
        (
            "    select:\n      - {group: arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:u:autoScalingGroupName/web}\n",
            "E932", (9, 17), "`group` cannot be", "write its name instead of its ARN: web",
        ),
        (
            "    select:\n      - target_group: arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/web/73e2d6bc24d8a067\n",
            "E932", (9, 23), "`target_group` cannot be", "write its name instead of its ARN: web",
        ),
        ("    select:\n      - group: web*\n", "E932", (9, 16), "`group` cannot be 'web*'", "Auto Scaling group"),
        ("    select:\n      - {cluster: a/b}\n", "E932", (9, 19), "`cluster` cannot be", "ECS cluster"),
        ("    select:\n      - group: a\n      - group: a\n", "E902", (10, 9), "selected twice", "remove one"),
    ],
)  # fmt: skip
def test_a_wrong_selector_is_told_with_its_place_and_the_way_out(
    text: str, code: str, place: tuple[int, int], message: str, hint: str
) -> None:
    services, found = compile_services(HEAD + text, "s.yaml")
    assert services is None
    [one] = found
    assert (one.code, (one.span.line, one.span.column)) == (code, place)
    assert message in one.message
    assert hint in (one.hint or "")


FIRST = """\
kind: services
tiers: [P0, P1]
default_tier: P1
services:
  - name: shop
    tier: P0
    owner: shop-oncall
    labels: {service: shop}
    select: [{group: web}, {cluster: prod, ecs_service: "shop-*"}, {cluster: jobs}]
  - name: other
    tier: P1
    owner: other-oncall
"""


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("    labels: {service: shop, env: prod}\n", 5),
        ("    select: [{group: web}]\n", 14),
        ('    select: [{cluster: prod, ecs_service: "shop-a-*"}]\n', 14),
        ("    select: [{cluster: jobs, labels: {team: x}}]\n", 14),
        ("    select: [{cluster: prod, labels: {service: shop}}]\n", 14),
    ],
)
def test_what_an_earlier_service_has_already_is_told(text: str, column: int) -> None:
    services, found = compile_services(FIRST + text, "s.yaml")
    assert services is not None, "it is no error"
    [one] = found
    assert (one.code, one.span.line, one.span.column) == ("W733", 13, column)
    assert "belongs to the service 'shop'" in one.message


@pytest.mark.parametrize(
    "text",
    [
        "    labels: {service: other}\n",
        "    select: [{target_group: web}]\n",
        '    select: [{cluster: prod, ecs_service: "shop*"}]\n',
        "    select: [{cluster: prod}]\n",
    ],
)
def test_what_is_left_for_a_later_service_is_not(text: str) -> None:
    assert compile_services(FIRST + text, "s.yaml")[1] == ()
