"""Compare a metric with its own past: the gate of a rollout."""

from datetime import datetime, timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.atoms.contract import Atom, AtomInput, AtomOutput, Context, Idempotency, Permission, Proof
from chalicelib.atoms.errors import AtomError, NotYet
from chalicelib.catalog.model import Intent

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

_MINUTE = 60


class MetricWorse(AtomError):
    """The metric is worse than its own past allows: {cause}. Stop the rollout, or catch this and take it back."""

    nothing_done = True


class Input(AtomInput):
    """Which metric, and how much worse than its past it may be."""

    namespace: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/#-]{1,255}$")]
    metric: Annotated[str, Field(min_length=1, max_length=255)]
    dimensions: Annotated[dict[str, Annotated[str, StringConstraints(max_length=1024)]], Field(max_length=30)] = Field(
        default_factory=dict, description="All dimensions of the metric: CloudWatch adds none up"
    )
    statistic: Annotated[str, Field(pattern=r"^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d+)?)$")] = (
        "Average"
    )
    worse: Literal["higher", "lower"] = Field(default="higher", description="Which direction is worse")
    allowed_percent: Annotated[float, Field(ge=0, le=1000)] = Field(
        default=20, description="How much worse than the past it may be, in percent of the past"
    )
    ignore_within: Annotated[float, Field(ge=0)] = Field(
        default=0, description="A difference up to this, in the metric's own unit, is never worse"
    )
    window_minutes: Annotated[int, Field(ge=1, le=180)] = Field(default=10, description="Length of both windows")
    past_minutes: Annotated[int, Field(ge=1, le=20_160)] = Field(
        default=60,
        description="How long before the present window the past one lies: 10,080 is the same time last week",
    )
    least_points: Annotated[int, Field(ge=1, le=180)] = Field(
        default=3, description="Minutes with data that each window must have"
    )
    missing: Literal["wait", "zero"] = Field(
        default="wait",
        description="Whether a minute without data is waited for, or counts as 0, as with counts of errors",
    )
    fail: bool = Field(default=True, description="Whether worse is an error; else it is a result")


class Output(AtomOutput):
    """Both means, and what follows."""

    present: float
    past: float
    limit: float = Field(description="What the present mean may be at most, or at least if lower is worse")
    passed: bool


def run(given: Input, context: Context) -> Output:
    """Read both windows with one request. Raises NotYet without data enough, MetricWorse past the limit."""
    # The last full minute may still be filled, so the window ends one before it.
    end = context.now().replace(second=0, microsecond=0) - timedelta(minutes=1)
    present = _read_mean(given, context, end, "the present window")
    past = _read_mean(given, context, end - timedelta(minutes=given.past_minutes), "the past window")
    slack = max(abs(past) * given.allowed_percent / 100, given.ignore_within)
    limit = past + slack if given.worse == "higher" else past - slack
    passed = present <= limit if given.worse == "higher" else present >= limit
    if not passed and given.fail:
        raise MetricWorse(cause=f"{given.metric} is {present:g}, was {past:g}, and the limit is {limit:g}")
    return Output(present=present, past=past, limit=limit, passed=passed)


def _read_mean(given: Input, context: Context, end: datetime, which: str) -> float:
    client: CloudWatchClient = context.clients.get("cloudwatch")
    query: MetricDataQueryTypeDef = {
        "Id": "m",
        "MetricStat": {
            "Metric": {
                "Namespace": given.namespace,
                "MetricName": given.metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(given.dimensions.items())],
            },
            "Period": _MINUTE,
            "Stat": given.statistic,
        },
    }
    answer = client.get_metric_data(
        MetricDataQueries=[query], StartTime=end - timedelta(minutes=given.window_minutes), EndTime=end
    )
    values = [value for result in answer["MetricDataResults"] for value in result.get("Values", [])]
    if given.missing == "zero":
        values += [0.0] * (given.window_minutes - len(values))
    if len(values) < min(given.least_points, given.window_minutes):
        raise NotYet(cause=f"{given.metric} has {len(values)} minutes of data in {which}, wanted {given.least_points}")
    return fmean(values)


ATOM = Atom(
    name="cloudwatch.compare_metric",
    version=1,
    summary="Fail if a CloudWatch metric is worse than its own past allows: the health gate of a rollout.",
    input=Input,
    output=Output,
    intent=Intent.OBSERVE,
    touches=(),
    emits=(),
    permissions=(Permission(("cloudwatch:GetMetricData",)),),
    # Two reads, each of which may be retried to its end.
    timeout_s=120,
    effect_timeout_s=0,
    idempotency=Idempotency.NATURAL,
    undo=None,
    errors=(NotYet, MetricWorse),
    example="""\
- id: gate
  atom: cloudwatch.compare_metric
  with:
    namespace: AWS/ApplicationELB
    metric: HTTPCode_Target_5XX_Count
    dimensions: {LoadBalancer: app/checkout/50dc6c495c0c9188}
    statistic: Sum
    allowed_percent: 50
    ignore_within: 5
    missing: zero
  retry: {errors: [NotYet], max: 10, interval: 1m, backoff: 1}
""",
    run=run,
    proof=Proof.MOTO,
)
