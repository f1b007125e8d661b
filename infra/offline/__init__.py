"""The world in memory: the ports as the product means them, for rehearsals and tests, without AWS and without a clock."""
