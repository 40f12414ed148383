"""Checks of the tests themselves: the floor of coverage, and mutants that they must kill."""
