-- One row is a line of a refund.
create table refund_lines (
  system varchar not null,
  record_id varchar not null,
  refund_id varchar,
  line_id varchar,
  quantity decimal(18, 4),
  amount decimal(38, 6),
  tax decimal(38, 6),
  currency varchar,
  restock_type varchar,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table refund_lines is 'One row is a line of a refund.';
comment on column refund_lines.system is 'Name of the system in recon.toml that this row was read from.';
comment on column refund_lines.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column refund_lines.refund_id is 'Refund.';
comment on column refund_lines.line_id is 'Order line.';
comment on column refund_lines.quantity is 'Quantity.';
comment on column refund_lines.amount is 'Amount.';
comment on column refund_lines.tax is 'Tax.';
comment on column refund_lines.currency is 'Currency.';
comment on column refund_lines.restock_type is 'What happened to the goods.';
comment on column refund_lines.extra is 'What the source holds and this model has no column for.';
comment on column refund_lines.seen_at is 'When this row was read (UTC).';
comment on column refund_lines.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column refund_lines.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
