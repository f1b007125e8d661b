"""Files to begin with: they pass `interlock check`, and say where to go on."""
