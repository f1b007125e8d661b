import pytest

from chalicelib.atoms.errors import InputInvalid, NotFound, NotYet
from chalicelib.atoms.ssm import get_parameter, run_command, wait_command
from chalicelib.atoms.ssm.get_parameter import SecretRefused
from chalicelib.atoms.ssm.wait_command import CommandFailed
from tests.unit.atoms.fakes import FakeAws
from tests.unit.atoms.places import HOST

COMMAND = {"instance_id": HOST, "command_id": "0" * 36}


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


def test_a_command_takes_its_arguments_as_parameters(aws: FakeAws) -> None:
    aws.run(run_command.ATOM, instance_id=HOST, document="Interlock-Drain", parameters={"Seconds": ["30"]})
    [sent] = aws.ssm.commands
    assert (sent["DocumentName"], sent["Parameters"], sent["InstanceIds"]) == (
        "Interlock-Drain",
        {"Seconds": ["30"]},
        [HOST],
    )


def test_a_repeat_finds_the_command_of_the_first_attempt(aws: FakeAws) -> None:
    first = aws.run(run_command.ATOM, instance_id=HOST, document="AWS-UpdateSSMAgent")
    second = aws.run(run_command.ATOM, instance_id=HOST, document="AWS-UpdateSSMAgent")
    assert (first["started"], second["started"]) == (True, False)
    assert first["command_id"] == second["command_id"]


@pytest.mark.parametrize(
    "document", ["AWS-RunShellScript", "AWS-RunPowerShellScript", "AWS-RunRemoteScript", "Other", "Interlock-", "../x"]
)
def test_documents_that_execute_text_are_refused(aws: FakeAws, document: str) -> None:
    with pytest.raises(InputInvalid, match="document"):
        aws.run(run_command.ATOM, instance_id=HOST, document=document)
    assert aws.ssm.commands == []


@pytest.mark.parametrize("value", ["; rm -rf /", "$(id)", "`id`", "a|b", "a&b", "a\nb", "'", '"', "{{x}}", ">f", "*"])
def test_no_argument_holds_what_a_shell_reads(aws: FakeAws, value: str) -> None:
    with pytest.raises(InputInvalid, match="parameters"):
        aws.run(run_command.ATOM, instance_id=HOST, document="Interlock-Drain", parameters={"Name": [value]})
    assert aws.ssm.commands == []


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Delayed", "Cancelling"])
def test_a_command_that_runs_is_waited_for(aws: FakeAws, status: str) -> None:
    aws.ssm.invocations = [{"Status": status}]
    with pytest.raises(NotYet, match=status):
        aws.run(wait_command.ATOM, **COMMAND)


def test_a_command_that_ssm_does_not_show_yet_is_waited_for(aws: FakeAws) -> None:
    with pytest.raises(NotYet, match="does not show"):
        aws.run(wait_command.ATOM, **COMMAND)


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "TimedOut"])
def test_a_command_that_did_not_succeed_fails_without_what_it_printed(aws: FakeAws, status: str) -> None:
    plugin = {"Output": "password: x", "ResponseCode": 7}
    aws.ssm.invocations = [{"Status": status, "StatusDetails": "Undeliverable", "CommandPlugins": [plugin]}]
    with pytest.raises(CommandFailed, match="Undeliverable, exit code 7") as raised:
        aws.run(wait_command.ATOM, **COMMAND)
    assert "password" not in str(raised.value)


@pytest.mark.parametrize(("keep", "kept"), [(False, None), (True, "x" * 2500)])
def test_what_a_command_printed_is_kept_only_if_asked_for(aws: FakeAws, kept: str | None, *, keep: bool) -> None:
    aws.ssm.invocations = [{"Status": "Success", "CommandPlugins": [{"Output": "x" * 3000, "ResponseCode": 0}]}]
    assert aws.run(wait_command.ATOM, **COMMAND, keep_output=keep)["output"] == kept


def test_a_plain_parameter_is_read(aws: FakeAws) -> None:
    aws.ssm.parameters["/a"] = {"Type": "String", "Value": "v", "Version": 3}
    assert aws.run(get_parameter.ATOM, name="/a") == {"name": "/a", "value": "v", "version": 3}
    with pytest.raises(NotFound):
        aws.run(get_parameter.ATOM, name="/b")


def test_a_secret_parameter_is_refused_and_not_quoted(aws: FakeAws) -> None:
    aws.ssm.parameters["/a"] = {"Type": "SecureString", "Value": "AQICAHh", "Version": 1}
    with pytest.raises(SecretRefused) as raised:
        aws.run(get_parameter.ATOM, name="/a")
    assert "AQICAHh" not in str(raised.value)
