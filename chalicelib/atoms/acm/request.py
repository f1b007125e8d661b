"""Ask for a certificate of a domain."""

from chalicelib.atoms.acm.certificates import Domain
from chalicelib.atoms.contract import (
    Atom,
    AtomInput,
    AtomOutput,
    Context,
    Idempotency,
    Permission,
    Proof,
    Touched,
)
from chalicelib.catalog.model import Intent
from chalicelib.identity import digest


class Input(AtomInput):
    """Which domain."""

    domain: Domain


class Output(AtomOutput):
    """The certificate, which is not issued yet: acm.wait_record gives the DNS record that proves the domain."""

    domain: str
    certificate: str


def run(given: Input, context: Context) -> Output:
    """Request it, validated by DNS. ACM answers a repeat within an hour with the same certificate."""
    answer = context.clients.get("acm").request_certificate(
        DomainName=given.domain,
        ValidationMethod="DNS",
        IdempotencyToken=digest([context.idempotency_key])[:32],
    )
    return Output(domain=given.domain, certificate=answer["CertificateArn"])


ATOM = Atom(
    name="acm.request",
    version=1,
    summary="Ask ACM for a certificate of a domain, to be validated by DNS; one that is not used costs nothing.",
    input=Input,
    output=Output,
    intent=Intent.CONFIGURE,
    touches=(Touched("domain/{domain}", Intent.CONFIGURE),),
    emits=(),
    permissions=(Permission(("acm:RequestCertificate",)),),
    timeout_s=60,
    effect_timeout_s=60,
    idempotency=Idempotency.CLIENT_TOKEN,
    undo=None,
    errors=(),
    example="""\
- id: request
  atom: acm.request
  with: {domain: "{% $input.domain %}"}
""",
    run=run,
    proof=Proof.MOTO,
)
