"""Runs extractions, lands raw answers on disk, manifest, resume."""
