"""Is somebody there when a page comes."""

from collections.abc import Iterator

from infra.doctor.finding import Finding, Level, Patient, judge
from infra.template.pagers import name_output

_WHAT = "pagers"


def check(patient: Patient) -> Iterator[Finding]:
    """Tell of every pager to which nobody has confirmed a subscription."""
    pagers = patient.build.pagers
    if not pagers.pagers:
        advice = "write policies/pagers.yaml, or have a rule of your own on Interlock's bus"
        yield Finding(Level.WARN, _WHAT, "none: a page is an event that nobody may hear", advice)
        return
    for one in pagers.pagers:
        topic = patient.outputs.get(name_output(one))
        if topic is None:
            yield Finding(Level.WARN, _WHAT, f"{one.name} is not deployed", "deploy this checkout")
            continue
        attributes = patient.cloud.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
        there = int(attributes["SubscriptionsConfirmed"])
        yield judge(
            _WHAT,
            f"{there or 'nobody'} subscribed to {one.name}",
            good=there > 0,
            advice=f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint …",
            otherwise=Level.WARN,
        )
    if pagers.watch is None:
        yield Finding(Level.WARN, _WHAT, "nobody is told when Interlock is unwell", "`watch:` in policies/pagers.yaml")
