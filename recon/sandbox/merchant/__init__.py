"""The demo merchant: a made-up shop, the Salesforce org that a made-up integration filled, and what went wrong on purpose."""
