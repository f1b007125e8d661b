"""Look once whether a certificate is issued; Step Functions' Retry on NotYet does the waiting."""

from pydantic import Field

from chalicelib.atoms.acm.certificates import LOOK, CertificateInput, fetch_certificate
from chalicelib.atoms.contract import Atom, AtomOutput, Context, Idempotency, Proof
from chalicelib.atoms.errors import NotYet, StateUnreachable
from chalicelib.catalog.model import Intent


class Output(AtomOutput):
    """The certificate, ready for use."""

    certificate: str
    domain: str
    status: str = Field(description="Always ISSUED on success")


def run(given: CertificateInput, context: Context) -> Output:
    """Describe it once. Raises NotYet while it is validated, StateUnreachable when it never will be issued."""
    found = fetch_certificate(context.clients.get("acm"), given.certificate)
    status = found["Status"]
    if status == "PENDING_VALIDATION":
        raise NotYet(cause=f"{given.certificate} is still being validated")
    if status != "ISSUED":
        reason = found.get("FailureReason", "ACM gives no reason")
        raise StateUnreachable(cause=f"{given.certificate} is {status}: {reason}")
    return Output(certificate=given.certificate, domain=found["DomainName"], status=status)


ATOM = Atom(
    name="acm.wait_issued",
    version=1,
    summary="Succeed once ACM has issued a certificate; raise NotYet until then.",
    input=CertificateInput,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(),
    permissions=(LOOK,),
    timeout_s=60,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, StateUnreachable),
    example="""\
- id: issued
  atom: acm.wait_issued
  with: {certificate: "{% $input.certificate %}"}
  retry: {errors: [NotYet], max: 60, interval: 1m, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
