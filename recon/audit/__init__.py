"""Loads rules, runs them, keeps findings and their life over time."""
