"""What the operator may choose: settings, where they are read from, and what they mean."""
