"""What the atoms on SSM commands share.

What runs is a document, and what it is told are parameters: never shell text. So only documents are taken that people
have reviewed: your own whose names begin with `Interlock-`, and a few of AWS's that take no text to execute. The
values of parameters hold no character that a shell reads, since SSM pastes them into the document's script.
"""

from typing import Annotated

from pydantic import Field, StringConstraints

from chalicelib.atoms.contract import Permission

AWS_DOCUMENTS = (
    "AWS-ApplyPatchBaseline",
    "AWS-ConfigureAWSPackage",
    "AWS-RunPatchBaseline",
    "AWS-UpdateSSMAgent",
)

Document = Annotated[
    str,
    Field(
        pattern=f"^(Interlock-[A-Za-z0-9_.-]{{1,118}}|{'|'.join(AWS_DOCUMENTS)})$",
        description="Your own document `Interlock-*`, or one of: " + ", ".join(AWS_DOCUMENTS),
    ),
]
ParameterName = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9]{1,64}$")]
ParameterValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_@%+=:,./ -]{0,500}$")]
CommandId = Annotated[
    str,
    Field(
        pattern="^[0-9a-f-]{36}$",
        description="As ssm.run_command gave it",
        examples=["12345678-1234-1234-1234-123456789012"],
    ),
]

SEND = (
    Permission(("ssm:SendCommand",), "arn:${partition}:ssm:${region}:${account}:document/Interlock-*"),
    *(
        Permission(("ssm:SendCommand",), f"arn:${{partition}}:ssm:${{region}}::document/{document}")
        for document in AWS_DOCUMENTS
    ),
    Permission(("ssm:SendCommand",), "arn:${partition}:ec2:${region}:${account}:instance/*"),
)
