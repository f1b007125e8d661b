import pytest

from chalicelib.catalog.model import HttpHosts
from dsl.policies.http import check_calls, compile_http
from dsl.policies.services import compile_services
from dsl.source import load_source

HTTP = """\
kind: http
hosts: [api.example.com, "*.example.org", 93.184.216.34]
private_hosts: [grafana.internal, 10.0.0.7]
"""
SERVICES = """\
kind: services
tiers: [P0]
default_tier: P0
accounts:
  "210987654321": {role: ops/interlock}
"""


def test_hosts_are_what_the_file_says() -> None:
    hosts, found = compile_http(HTTP, "h.yaml")
    assert found == ()
    assert hosts == HttpHosts(("api.example.com", "*.example.org", "93.184.216.34"), ("grafana.internal", "10.0.0.7"))


@pytest.mark.parametrize(
    ("before", "after", "code", "words"),
    [
        ("api.example.com", "https://api.example.com/v1", "E930", "write the host alone"),
        ("api.example.com", "api.example.com:8443", "E930", "write the host alone"),
        ("api.example.com", "API.example.com", "E930", "lower case"),
        ("api.example.com", "api_x.example.com", "E930", "write a host such as"),
        ("api.example.com", '"*"', "E930", "write a host such as"),
        ("api.example.com", '"*.com"', "E930", "write a host such as"),
        ("api.example.com", "10.1.2.3", "E930", "list it under private_hosts"),
        ("grafana.internal", "169.254.169.254", "E930", "the function itself"),
        ("grafana.internal", "localhost", "E930", "the function itself"),
        ("grafana.internal", "api.example.com", "E902", "remove one"),
        ("private_hosts", "privat_hosts", "E201", "did you mean 'private_hosts'?"),
        ("[grafana.internal, 10.0.0.7]", "7", "E203", "start each item with"),
    ],
)
def test_what_cannot_be_a_host_is_refused_where_it_stands(before: str, after: str, code: str, words: str) -> None:
    text = HTTP.replace(before, after)
    hosts, found = compile_http(text, "h.yaml")
    assert hosts is None
    assert [one.code for one in found] == [code]
    assert words in (found[0].hint or "")
    assert found[0].span.line == max(at for at, row in enumerate(text.splitlines(), 1) if after in row)


CALL = """\
steps:
  - id: purge
    atom: http.call
    with: {url: "https://api.example.com/v1"}
  - id: both
    parallel:
      one: [{id: inner, atom: http.call, with: {url: "https://cdn.example.org/x"}}]
"""


def test_a_workflow_may_call_listed_hosts_and_what_it_only_knows_later() -> None:
    hosts, _ = compile_http(HTTP, "h.yaml")
    root, _ = load_source(CALL, "w.yaml")
    assert hosts is not None
    assert root is not None
    assert list(check_calls(root, hosts)) == []
    later, _ = load_source(CALL.replace("https://api.example.com/v1", "{% $input.url %}"), "w.yaml")
    assert later is not None
    assert len(list(check_calls(later, HttpHosts()))) == 1


def test_a_host_that_is_not_listed_is_found_where_it_is_called() -> None:
    root, _ = load_source(CALL, "w.yaml")
    assert root is not None
    found = sorted(check_calls(root, HttpHosts()), key=lambda one: one.span.line)
    assert [(one.code, one.span.line, one.message.rpartition(" ")[2]) for one in found] == [
        ("E939", 4, "api.example.com"),
        ("E939", 7, "cdn.example.org"),
    ]


def test_other_accounts_have_a_role_each() -> None:
    services, found = compile_services(SERVICES, "s.yaml")
    assert found == ()
    assert services is not None
    assert services.accounts == {"210987654321": "ops/interlock"}


@pytest.mark.parametrize(
    ("before", "after"),
    [("210987654321", "2109"), ("role: ops/interlock", "role: arn:aws:iam::210987654321:role/x"), ("role:", "rolle:")],
)
def test_an_account_or_role_that_cannot_be_one_is_refused(before: str, after: str) -> None:
    services, found = compile_services(SERVICES.replace(before, after), "s.yaml")
    assert services is None
    assert found[0].span.line == 5
