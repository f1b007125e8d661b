"""What a rule makes of several events, as functions of (window row, event) that give the row's next content.

Windows go by the events' own times, so that a replay comes to the same end, whatever the order of delivery; no clock is
compared. Each row carries a version that its next writer relies on, and is written in the transaction that records
the event's decision, so that no event is counted twice and none is lost.
"""
