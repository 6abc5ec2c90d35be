"""recon.toml: typed settings, secrets by reference, presets and the Salesforce mapping."""
