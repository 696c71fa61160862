"""The names that other programs read: views and functions, as revision 0003 makes them.

Frozen with that revision: a change is a new revision, which drops and makes anew what it changes. A revision that changes a table
which a view reads does the same with that view.
"""
