"""What files and databases have in common: columns that recon.toml names become canonical text, or an error that says where."""
