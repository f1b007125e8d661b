"""One in-memory fake for each port: those that rehearsals use. The behaviour tests run on them and on AWS alike."""

from infra.offline.memory import START_OF_TIME, MemoryStore
from infra.offline.memory import ManualClock as FakeClock
from infra.offline.memory import MemoryDelays as FakeDelays
from infra.offline.memory import MemoryExecutions as FakeExecutions
from infra.offline.memory import MemoryJournal as FakeJournal
from infra.offline.memory import MemoryPublisher as FakePublisher

__all__ = ["START_OF_TIME", "FakeClock", "FakeDelays", "FakeExecutions", "FakeJournal", "FakePublisher", "MemoryStore"]
