"""Findings → plan → guarded writes → journal → proof → revert. Salesforce is the only system that is ever written."""
