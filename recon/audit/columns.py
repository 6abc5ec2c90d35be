"""Columns of a finding as it is judged; history keeps the same and adds its life to them."""

FINDING_DDL = """
  rule varchar not null,
  identity varchar not null,
  system varchar not null,
  record_id varchar,
  salesforce_id varchar,
  discriminator varchar,
  finding_id varchar not null,
  severity varchar not null,
  label varchar not null,
  message varchar not null,
  diff struct(field varchar, shop varchar, salesforce varchar)[],
  amount decimal(38, 6),
  currency varchar,
  occurred_at timestamp,
  confidence varchar not null,
  related struct(system varchar, record_id varchar)[],
  evidence varchar not null,
  entity varchar not null,
  owning_system varchar,
  digest varchar not null,
  url_shop varchar,
  url_salesforce varchar,
  source_file varchar,
  source_line bigint
"""
"""Body of a `create table`; every line is one column."""

FINDING_COLUMNS = ", ".join(line.split()[0] for line in FINDING_DDL.strip().splitlines())
"""Their names, in order."""
