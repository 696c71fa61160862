"""bisonwatch: a real-time mirror of Email Bison, and a terminal that says whether you can trust it."""

__version__ = "0.1.0"
