"""The demo: one real incident, played on the local AWS from event to desired state.

`fleet` makes a service of six instances, `feeder` turns what EC2 reports into the events that EC2 would have sent,
`watcher` reads what Interlock recorded, `timeline` prints it, `outcome` judges the end by reading AWS back, and `play`
is the story. Nothing here decides anything: it only provokes, watches and checks.
"""
