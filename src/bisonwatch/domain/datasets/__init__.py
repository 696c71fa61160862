"""The four datasets of a workspace: a frozen value each, and the pure function that makes it out of readings and the moment.

What is unknown is None, never 0. Rates are shares of one (0.021), rounded to six places; days are UTC days.
"""
