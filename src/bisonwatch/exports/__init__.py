"""Tables for people's own tools: the rows of an export as bytes of a file."""
