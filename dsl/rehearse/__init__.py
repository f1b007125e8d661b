"""Step Functions offline: JSONata-mode ASL as AWS documents it, in virtual time, with scripted answers of tasks.

`rehearse` runs a definition to its end and tells all that happened. Waits and retries take no real time; two rehearsals
of one script are the same to the last detail.
"""

from dsl.rehearse.model import Answer, Answers, Call, Entered, Execution, Run, Status, Way
from dsl.rehearse.run import rehearse

__all__ = ["Answer", "Answers", "Call", "Entered", "Execution", "Run", "Status", "Way", "rehearse"]
