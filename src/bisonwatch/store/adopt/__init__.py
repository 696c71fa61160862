"""Taking over what people did in an existing database of an older system, which is only read."""
