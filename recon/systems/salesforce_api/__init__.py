"""How any org on the Salesforce core is read: tokens, REST queries, Bulk API 2.0, describe. The platforms on top say what is read."""
