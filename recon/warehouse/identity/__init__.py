"""Finds records that are one person or one business: the stages of ``queries/identity`` in their order, and groups guarded by vetoes.

    normalise → frequencies → keys → pairs → score → tier → cluster → survivor → explain

Everything is decided by SQL on sets and by whole hundredths of a bit, so that the result depends neither on the order of records nor on
the number of threads. See docs/identity.md.
"""
