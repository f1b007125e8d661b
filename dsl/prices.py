"""What AWS asks, and what is assumed where no price list can tell. The one place for both.

List prices of us-east-1 in US dollars without the free tier; other regions and contracts differ. Read from copies of
AWS's own pages for Step Functions (its table of regions) and Lambda (its whitepaper on pricing); DynamoDB's, halved by
AWS in November 2024, from others who quote AWS. Nobody compared them with the pages of today: on 2026-11-24 no copy of
AWS's pages with a later date was to be had; what others wrote in 2026 quotes the same five prices.
"""

from dataclasses import dataclass

AS_OF = "2025-06-01"
"""When the prices were last known to hold."""
PAGES = (
    "https://aws.amazon.com/step-functions/pricing/",
    "https://aws.amazon.com/lambda/pricing/",
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
)


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for one of each."""

    transition: float = 0.025 / 1_000
    """A state transition of a standard workflow; retries count, too."""
    invocation: float = 0.20 / 1_000_000
    gb_second: float = 0.0000166667
    """x86; arm64 is a fifth less."""
    write_unit: float = 0.625 / 1_000_000
    read_unit: float = 0.125 / 1_000_000


PRICES = Prices()

ATOM_GB = 0.25
"""Memory of an atom's function (`infra/functions.py`)."""
CALL_S = (0.2, 1.0)
"""How long a call of an atom takes at best and usually; at worst it takes its step's whole timeout."""

CONTROL_WRITES = 14
CONTROL_READS = 6
CONTROL_INVOCATIONS = 3
CONTROL_GB_S = 3 * 0.5 * 0.1
"""One dispatch with one lock: writes measured by `python -m bench.calls`, three calls of core functions of 0.1 s."""

ASSUMPTIONS = (
    f"list prices of us-east-1 as of {AS_OF}, without the free tier",
    f"a call of an atom takes {CALL_S[0]} s at best, {CALL_S[1]:g} s usually, its step's timeout at worst, with {ATOM_GB} GB",
    "best: nothing fails, the shortest way, no items",
    "expected: nothing fails, every way of a choice is as likely, half of `max_items`, half of the looks while waiting",
    "worst: every retry is used up, the most expensive way, all items",
    "best and worst are bounds of each figure by itself: no one run need have all of them",
    "an atom makes each API call that its role allows once in an attempt",
    f"control adds {CONTROL_WRITES} write units and {CONTROL_INVOCATIONS} invocations to a dispatch with one lock",
)
"""What to know when reading an estimate."""
