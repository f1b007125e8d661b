import pytest

from chalicelib.atoms.acm import request, wait_issued, wait_record
from chalicelib.atoms.elb import set_certificate
from chalicelib.atoms.errors import InputInvalid, NotFound, NotYet, Rejected, StateUnreachable, Unavailable
from tests.unit.atoms.fake_certificates import RECORD
from tests.unit.atoms.fakes import FakeAws
from tests.unit.atoms.places import BALANCER
from tests.unit.atoms.scenarios import CERTIFICATE, OTHER_CERTIFICATE

LISTENER = {"load_balancer": BALANCER, "port": 443}


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


def test_a_repeated_request_is_answered_with_the_same_certificate(aws: FakeAws) -> None:
    first = aws.run(request.ATOM, domain="*.example.com")
    assert aws.run(request.ATOM, domain="*.example.com") == first
    assert len(next(iter(aws.acm.tokens))) <= 32


@pytest.mark.parametrize("domain", ["example", "a..b", "https://example.com", "*.*.com", ""])
def test_what_is_no_domain_is_refused(aws: FakeAws, domain: str) -> None:
    with pytest.raises(InputInvalid, match="domain"):
        aws.run(request.ATOM, domain=domain)


def test_the_record_is_given_once_acm_has_made_it(aws: FakeAws) -> None:
    arn = aws.acm.add("shop.example.com")
    options = aws.acm.certificates[arn]["DomainValidationOptions"]
    aws.acm.certificates[arn]["DomainValidationOptions"] = [{"DomainName": "shop.example.com"}]
    with pytest.raises(NotYet):
        aws.run(wait_record.ATOM, certificate=arn)
    aws.acm.certificates[arn]["DomainValidationOptions"] = options
    found = aws.run(wait_record.ATOM, certificate=arn)
    assert (found["name"], found["type"], found["value"]) == (RECORD["Name"], RECORD["Type"], RECORD["Value"])


def test_a_certificate_is_issued_or_never_will_be(aws: FakeAws) -> None:
    arn = aws.acm.add("shop.example.com")
    with pytest.raises(NotYet, match="validated"):
        aws.run(wait_issued.ATOM, certificate=arn)
    aws.acm.certificates[arn]["Status"] = "ISSUED"
    assert aws.run(wait_issued.ATOM, certificate=arn)["domain"] == "shop.example.com"
    aws.acm.certificates[arn] |= {"Status": "FAILED", "FailureReason": "CAA_ERROR"}
    with pytest.raises(StateUnreachable, match="CAA_ERROR"):
        aws.run(wait_issued.ATOM, certificate=arn)


def test_a_certificate_that_acm_does_not_know_is_not_found(aws: FakeAws) -> None:
    with pytest.raises(NotFound):
        aws.run(wait_issued.ATOM, certificate=CERTIFICATE)


def test_setting_a_certificate_tells_which_it_was(aws: FakeAws) -> None:
    aws.elb.certificate = CERTIFICATE
    answer = aws.run(set_certificate.ATOM, **LISTENER, certificate=OTHER_CERTIFICATE)
    assert (answer["previous"], answer["changed"]) == (CERTIFICATE, True)
    again = aws.run(set_certificate.ATOM, **LISTENER, certificate=OTHER_CERTIFICATE)
    assert (again["previous"], again["changed"]) == (OTHER_CERTIFICATE, False)
    assert aws.elb.requests == ["ModifyListener"]


def test_a_listener_without_tls_gets_no_certificate(aws: FakeAws) -> None:
    with pytest.raises(Rejected, match="has no certificate"):
        aws.run(set_certificate.ATOM, **LISTENER, certificate=CERTIFICATE)
    with pytest.raises(NotFound, match="no listener on port 80"):
        aws.run(set_certificate.ATOM, load_balancer=BALANCER, port=80, certificate=CERTIFICATE)


def test_a_certificate_that_is_not_shown_afterwards_is_no_success(aws: FakeAws) -> None:
    aws.elb.certificate, aws.elb.visible = CERTIFICATE, False
    with pytest.raises(Unavailable, match="still shows"):
        aws.run(set_certificate.ATOM, **LISTENER, certificate=OTHER_CERTIFICATE)
