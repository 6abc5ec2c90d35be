"""One module per platform: how to read it. Salesforce's also knows how to write."""
