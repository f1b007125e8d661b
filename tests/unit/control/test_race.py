"""What judges a race (`make race`) must find what is wrong, or it proves nothing."""

from chalicelib.catalog.model import Intent
from chalicelib.control.model import Holder, ObjectRecord
from tests.builders import HOST
from tests.race import Hold, find_bad_fences, find_clashes, find_double_holds, find_wrong, make_policy

HOSTS = "111122223333/eu-west-1/host"
SERVICE = "111122223333/eu-west-1/service/checkout"


def make_hold(about: str, name: str, begin: float, end: float, intent: str = "disrupt", fence: int = 1) -> Hold:
    workflow = {"disrupt": "host_reboot", "configure": "host_tag"}[intent]
    return Hold(about, name, "drain" if about == SERVICE else workflow, intent, fence, begin, end)


def test_two_that_overlap_on_one_host_are_a_double_hold_and_two_that_only_configure_are_none() -> None:
    one = f"{HOSTS}/i-a"
    first, second = make_hold(one, "d1", 0, 2), make_hold(one, "d2", 1, 3, fence=2)
    assert len(find_double_holds([first, second], make_policy())) == 1
    assert find_double_holds([first, second._replace(begin=2)], make_policy()) == []
    mild = [make_hold(one, name, 0, 2, "configure", fence) for fence, name in enumerate(("d1", "d2"))]
    assert find_double_holds(mild, make_policy()) == []
    assert find_double_holds([first, mild[1]], make_policy()) != []


def test_a_service_and_one_of_its_hosts_are_a_double_hold_and_another_services_host_is_none() -> None:
    whole = make_hold(SERVICE, "d1", 0, 2)
    assert len(find_double_holds([whole, make_hold(f"{HOSTS}/i-a", "d2", 1, 3)], make_policy())) == 1
    assert find_double_holds([whole, make_hold(f"{HOSTS}/i-d", "d2", 1, 3)], make_policy()) == []
    assert find_double_holds([whole, make_hold(f"{HOSTS}/i-a", "d2", 1, 3, "configure")], make_policy()) == []


def test_a_fence_that_was_given_twice_is_found() -> None:
    holds = [make_hold(f"{HOSTS}/i-a", f"d{n}", n, n + 1, fence=fence) for n, fence in enumerate((1, 2, 2))]
    assert len(find_bad_fences(holds)) == 1
    assert find_bad_fences(holds[:2]) == []


def test_a_witness_sees_two_holders_that_exclude_each_other() -> None:
    def hold(name: str, intent: str, fence: int) -> Holder:
        return Holder(name, Intent(intent), "host_reboot" if intent == "disrupt" else "host_tag", fence, "")

    control = make_policy().control
    assert list(find_clashes(ObjectRecord(HOST, 2, (hold("d1", "disrupt", 1), hold("d2", "disrupt", 2))), control))
    assert not list(
        find_clashes(ObjectRecord(HOST, 2, (hold("d1", "configure", 1), hold("d2", "configure", 2))), control)
    )
    assert find_wrong({"double_holds": [], "live": ["d1"], "started": 3}) == {"live": ["d1"]}
