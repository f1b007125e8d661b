from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from chalicelib.atoms.contract import HttpAnswer
from chalicelib.atoms.errors import AtomError, HostNotAllowed, InputInvalid, Unavailable
from chalicelib.aws.web import Web

PUBLIC = "93.184.216.34"


class FakePool:
    """What was connected to and asked, answered with one status and body."""

    def __init__(self, status: int = 200, body: bytes = b"{}", error: Exception | None = None) -> None:
        self.status, self.body, self.error = status, body, error
        self.opened: list[tuple[str, int, str]] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.closed = 0

    def __call__(self, address: str, port: int, host: str) -> "FakePool":
        self.opened.append((address, port, host))
        return self

    def request(self, method: str, target: str, **options: Any) -> Any:
        self.asked.append((method, target, options))
        if self.error is not None:
            raise self.error
        return SimpleNamespace(status=self.status, read=lambda most, decode_content: self.body[:most])

    def close(self) -> None:
        self.closed += 1


def make_web(
    pool: FakePool, *addresses: str, hosts: Sequence[str] = ("api.example.com",), private: Sequence[str] = ()
) -> tuple[Web, SimpleNamespace]:
    effects = SimpleNamespace(possible=False)
    found = list(addresses or (PUBLIC,))
    return Web(frozenset(hosts), frozenset(private), effects, lambda *_: found, pool), effects


def test_the_address_that_was_judged_is_the_one_connected_to() -> None:
    pool = FakePool(body=b"hello")
    web, _ = make_web(pool)
    assert web("GET", "https://API.example.com/a?b=c", headers={"X": "y"}, body=None) == HttpAnswer(200, "hello")
    assert pool.opened == [(PUBLIC, 443, "api.example.com")]
    [(method, target, options)] = pool.asked
    assert (method, target, options["headers"]) == ("GET", "/a?b=c", {"X": "y", "Host": "api.example.com"})
    assert options["redirect"] is False
    assert pool.closed == 1


@pytest.mark.parametrize("host", ["other.example.com", "example.com", "api.example.com.evil.test", "xapi.example.com"])
def test_a_host_that_is_not_allowed_is_not_looked_up(host: str) -> None:
    pool = FakePool()
    web, _ = make_web(pool)
    with pytest.raises(HostNotAllowed, match="not among the allowed"):
        web("GET", f"https://{host}/", headers={}, body=None)
    assert pool.opened == []


def test_a_star_allows_what_is_below_and_not_the_name_itself() -> None:
    web, _ = make_web(FakePool(), hosts=["*.example.com"])
    assert web("GET", "https://a.b.example.com/", headers={}, body=None).status == 200
    with pytest.raises(HostNotAllowed):
        web("GET", "https://example.com/", headers={}, body=None)
    with pytest.raises(HostNotAllowed):
        web("GET", "https://notexample.com/", headers={}, body=None)


def test_an_atom_may_vouch_for_a_host() -> None:
    web, _ = make_web(FakePool(), hosts=[])
    also = frozenset({"hooks.slack.com"})
    assert web("POST", "https://hooks.slack.com/x", headers={}, body=b"", also=also).status == 200


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1", "198.18.0.1"],
)
def test_a_private_address_is_refused_unless_the_host_may_have_one(address: str) -> None:
    pool = FakePool()
    web, _ = make_web(pool, PUBLIC, address)
    with pytest.raises(HostNotAllowed, match="private address"):
        web("GET", "https://api.example.com/", headers={}, body=None)
    assert pool.opened == []
    web, _ = make_web(pool, address, hosts=[], private=["api.example.com"])
    assert web("GET", "https://api.example.com/", headers={}, body=None).status == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "0.0.0.0", "::ffff:127.0.0.1"])
def test_this_machine_and_its_metadata_are_never_asked(address: str) -> None:
    web, _ = make_web(FakePool(), address, hosts=[], private=["api.example.com"])
    with pytest.raises(HostNotAllowed, match="no host of the network"):
        web("GET", "https://api.example.com/", headers={}, body=None)


@pytest.mark.parametrize(
    "url", ["http://api.example.com/", "https://user:pw@api.example.com/", "https:///x", "https://[::1", "https://a:x/"]
)
def test_a_url_that_could_mean_something_else_is_refused(url: str) -> None:
    web, _ = make_web(FakePool())
    with pytest.raises(InputInvalid) as raised:
        web("GET", url, headers={}, body=None)
    assert "pw" not in str(raised.value)


@pytest.mark.parametrize("error", [ProtocolError("/secret"), ReadTimeoutError(None, "/secret", "x"), OSError("x")])  # type: ignore[arg-type]
def test_no_answer_leaves_it_unknown_whether_a_post_arrived(error: Exception) -> None:
    web, effects = make_web(FakePool(error=error))
    with pytest.raises(Unavailable) as raised:
        web("POST", "https://api.example.com/secret", headers={}, body=b"x")
    assert "secret" not in str(raised.value)
    assert effects.possible


def test_asking_is_no_effect() -> None:
    web, effects = make_web(FakePool())
    web("GET", "https://api.example.com/", headers={}, body=None)
    assert not effects.possible
    web("POST", "https://api.example.com/", headers={}, body=None)
    assert effects.possible


def test_an_endless_answer_is_cut() -> None:
    web, _ = make_web(FakePool(body=b"x" * 1_000_000))
    assert len(web("GET", "https://api.example.com/", headers={}, body=None).body) == 64 * 1024


def test_a_name_that_cannot_be_looked_up_is_unavailable() -> None:
    def fail(*_: object) -> list[str]:
        raise OSError

    def find_none(*_: object) -> list[str]:
        return []

    for resolve in (fail, find_none):
        web = Web(frozenset({"a.example"}), frozenset(), SimpleNamespace(possible=False), resolve, FakePool())
        with pytest.raises(Unavailable) as raised:
            web("GET", "https://a.example/", headers={}, body=None)
        assert isinstance(raised.value, AtomError)
