"""Drafting a first profile, and the mapping that goes with it, from a table of won and lost deals."""
