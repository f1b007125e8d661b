"""Set the certificate that a listener shows by default."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from chalicelib.atoms.acm.certificates import CertificateArn
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
from chalicelib.atoms.elb.listeners import fetch_listener
from chalicelib.atoms.errors import Rejected, Unavailable
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import ListenerTypeDef

_LISTENERS = "arn:${partition}:elasticloadbalancing:${region}:${account}:listener/app/*/*/*"


class Input(AtomInput):
    """Which listener, and its default certificate."""

    load_balancer: Annotated[
        str,
        Field(pattern="^[A-Za-z0-9-]{1,32}$", description="Name of an application load balancer", examples=["shop"]),
    ]
    port: Annotated[int, Field(ge=1, le=65535)] = Field(description="Port of the listener")
    certificate: CertificateArn


class Output(AtomOutput):
    """The certificate before and after; the former is what an undo gives back."""

    load_balancer: str
    port: int
    certificate: str
    previous: str
    changed: bool = Field(description="Whether there was anything to do")


def run(given: Input, context: Context) -> Output:
    """Read the default certificate, write it if it differs, and read it again. Raises Rejected without TLS."""
    client: ElasticLoadBalancingv2Client = context.clients.get("elbv2")
    listener = fetch_listener(client, given.load_balancer, given.port)
    previous = _read(listener)
    if previous is None:
        raise Rejected(cause=f"the listener of {given.load_balancer} on port {given.port} has no certificate")
    after: str | None = previous
    if previous != given.certificate:
        client.modify_listener(
            ListenerArn=listener["ListenerArn"], Certificates=[{"CertificateArn": given.certificate}]
        )
        after = _read(fetch_listener(client, given.load_balancer, given.port))
    if after != given.certificate:
        raise Unavailable(cause=f"ELB accepted the request, and still shows {after}")
    return Output(
        load_balancer=given.load_balancer,
        port=given.port,
        certificate=given.certificate,
        previous=previous,
        changed=previous != given.certificate,
    )


def _read(listener: "ListenerTypeDef") -> str | None:
    """Give the default certificate, which is the only one that a description of a listener holds."""
    for one in listener.get("Certificates", []):
        return one.get("CertificateArn")
    return None


ATOM = Atom(
    name="elb.set_certificate",
    version=1,
    summary="Set the default certificate of a load balancer's listener.",
    input=Input,
    output=Output,
    intent=Intent.DISRUPT,
    touches=(Touched("load_balancer/{load_balancer}", Intent.DISRUPT),),
    emits=(),
    permissions=(
        Permission(("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancers")),
        Permission(("elasticloadbalancing:ModifyListener",), _LISTENERS),
    ),
    timeout_s=60,
    # ELB takes some seconds to bring it to its nodes; the function's own minute is longer.
    effect_timeout_s=120,
    idempotency=Idempotency.CHECK_FIRST,
    undo="elb.set_certificate",
    errors=(),
    example="""\
- id: swap
  atom: elb.set_certificate
  with: {load_balancer: "{% $input.balancer %}", port: 443, certificate: "{% $input.certificate %}"}
  undo:
    atom: elb.set_certificate
    with: {load_balancer: "{% $input.balancer %}", port: 443, certificate: "{% $input.old %}"}
""",
    run=run,
    proof=Proof.MOTO,
)
