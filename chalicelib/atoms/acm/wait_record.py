"""Look once for the DNS record that ACM wants to see; Step Functions' Retry on NotYet does the waiting."""

from pydantic import Field

from chalicelib.atoms.acm.certificates import LOOK, CertificateInput, fetch_certificate
from chalicelib.atoms.contract import Atom, AtomOutput, Context, Idempotency, Proof
from chalicelib.atoms.errors import NotYet
from chalicelib.catalog.model import Intent


class Output(AtomOutput):
    """The record of the certificate's first domain, as it must stand in DNS."""

    certificate: str
    name: str
    type: str
    value: str
    status: str = Field(description="Status of the certificate, as ACM names it")


def run(given: CertificateInput, context: Context) -> Output:
    """Describe it once. Raises NotYet while ACM has not made the record, which takes it some seconds."""
    found = fetch_certificate(context.clients.get("acm"), given.certificate)
    for option in found.get("DomainValidationOptions", []):
        if "ResourceRecord" in option:
            record = option["ResourceRecord"]
            return Output(
                certificate=given.certificate,
                name=record["Name"],
                type=record["Type"],
                value=record["Value"],
                status=found["Status"],
            )
    raise NotYet(cause=f"ACM has no validation record for {given.certificate} yet")


ATOM = Atom(
    name="acm.wait_record",
    version=1,
    summary="Give the DNS record by which ACM validates a certificate's domain; raise NotYet until there is one.",
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
    errors=(NotYet,),
    example="""\
- id: record
  atom: acm.wait_record
  with: {certificate: "{% $input.certificate %}"}
  retry: {errors: [NotYet], max: 30, interval: 5s, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
