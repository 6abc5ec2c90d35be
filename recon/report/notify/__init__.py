"""Notices about a run: what is said to whom, and how it gets there. Nothing here can stop an audit or change its verdict."""

from recon.report.notify.deliver import Delivery, preview, send, send_test

__all__ = ["Delivery", "preview", "send", "send_test"]
