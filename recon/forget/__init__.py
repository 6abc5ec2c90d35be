"""Removes a person from everything that recon keeps, and proves it by reading every file again.

What says who somebody is (addresses, numbers, names, streets, days of birth) is overwritten in place: snapshots, history, plans and
journals keep their records, ids, amounts and line numbers, so that counts, links, proofs and evidence stay as they were.
"""
