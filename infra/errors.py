"""What can go wrong between a checkout and a running stack. Each message says what to do next."""

from chalicelib.errors import InterlockError


class SourcesInvalid(InterlockError):
    """The sources have {count} error(s); `interlock check` shows them."""


class BuildStale(InterlockError):
    """Not up to date: {files}. Run `interlock build` and commit the result."""


class BadStage(InterlockError):
    """{stage!r} cannot be a stage: write 1 to 12 of a-z and 0-9, a letter first, for example `dev`."""


class UnknownHole(InterlockError):
    """The permission {resource!r} of {atom} has a hole other than ${{partition}}, ${{region}} and ${{account}}."""


class UnknownSubstitution(InterlockError):
    """The machine of {workflow!r} names {keys}, which no function provides."""


class NameTooLong(InterlockError):
    """{name!r} has {length} characters and AWS allows {limit} for {what}: shorten it or the stage."""


class TooManyResources(InterlockError):
    """The stack would have {count} resources and the build stops at {limit}: {advice}."""


class TemplateTooLarge(InterlockError):
    """The template would have {size} bytes and the build stops at {limit}: {advice}."""


class PackagingFailed(InterlockError):
    """{step} failed: {cause}."""


class ToolMissing(InterlockError):
    """{tool} is missing: run `make setup`."""


class RegionMissing(InterlockError):
    """No AWS region is set: pass --region, or set AWS_REGION or a region in your AWS profile."""


class CredentialsMissing(InterlockError):
    """No usable AWS credentials ({cause}): run `aws configure` or `aws sso login`, or use --local."""


class ProfileMissing(InterlockError):
    """There is no AWS profile {profile!r}: `aws configure list-profiles` shows those there are."""


class StackFailed(InterlockError):
    """The stack {stack} ended in {status}: {cause}."""


class StillNeeded(InterlockError):
    """{count} execution(s) run that need what this deployment removes ({what}; first {first}): wait for them, or deploy with `--anyway`."""


class StackBusy(InterlockError):
    """The stack {stack} is in {status}: wait until it has ended, then deploy again."""


class StackMissing(InterlockError):
    """There is no stack {stack} there: run `interlock deploy` first."""


class StackHidden(InterlockError):
    """You may not read the stack {stack}: ask for cloudformation:DescribeStacks, or for the API's URL, and set INTERLOCK_API_URL to it."""


class BucketForeign(InterlockError):
    """The artifact bucket {bucket} cannot be used ({cause}): pass --bucket with one of yours."""


class LocalNotRunning(InterlockError):
    """The local AWS is not running: start it with `interlock local up`."""


class LocalStartFailed(InterlockError):
    """The local AWS did not start: {cause}. Its log is {log}."""


class FileUnreadable(InterlockError):
    """{path} cannot be read: {cause}."""


class NameUnfit(InterlockError):
    """{name!r} cannot be a name here: lower case letters, digits and _, such as `{example}`."""


class NameTaken(InterlockError):
    """{name!r} is taken: {path} is there already, and nothing was written."""


class RegistryUnfit(InterlockError):
    """{path} has no lines that name atoms, so nothing was written."""
