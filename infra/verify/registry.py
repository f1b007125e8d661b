"""Every known mistake."""

from infra.verify.mutants import PROTOCOL_MUTANTS, Mutant
from infra.verify.mutants_waiting import WAITING_MUTANTS

MUTANTS: tuple[Mutant, ...] = (*PROTOCOL_MUTANTS, *WAITING_MUTANTS)
