"""Every code of the warnings about the rules as a whole, with what it means and what to do."""

CODES: dict[str, str] = {
    "W721": "A branch of a rule is never taken: its condition contradicts itself, names a tier or service that does not "
    "exist, or is only true where a branch before it is true as well. Branches are tried in order. Or a part of its condition is never true.",
    "W722": "No event can match the rule's pattern: it asks for a field that EventBridge's envelope does not have, or for "
    "a number or nothing where the envelope always holds a string, or it names a detail type that is nearly one of its source.",
    "W723": "Of the rules of one group only the first that matches is decided, and another rule of this group matches "
    "everything that this one matches and goes before it.",
    "W724": "Two rules can be decided for one event and one object, and control refuses the work of whichever comes "
    "second. Put both into one group, or make their patterns differ.",
    "W725": "A rule runs a workflow whose atoms report changes that lead back to the same rule. The hop limit ends such "
    "a chain with a page; a pattern or a branch should end it before.",
    "W726": "No event of the source and detail type that the rule is about has this field: its pattern never matches there, or "
    "its expression finds nothing. Fields are known of the types that AWS documents and the corpus holds; of others nothing is said.",
}
"""By code."""
