-- One row is a refund.
create table refunds (
  system varchar not null,
  record_id varchar not null,
  order_id varchar,
  amount decimal(38, 6),
  tax decimal(38, 6),
  currency varchar,
  money_moved boolean,
  reason varchar,
  external_ids map (varchar, varchar),
  created_at timestamp,
  updated_at timestamp,
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table refunds is 'One row is a refund.';
comment on column refunds.system is 'Name of the system in recon.toml that this row was read from.';
comment on column refunds.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column refunds.order_id is 'Order.';
comment on column refunds.amount is 'Money given back.';
comment on column refunds.tax is 'Tax within it.';
comment on column refunds.currency is 'Currency.';
comment on column refunds.money_moved is 'True where a successful payment transaction stands behind it.';
comment on column refunds.reason is 'Reason or note.';
comment on column refunds.external_ids is 'Ids of other systems by role: refund_id.';
comment on column refunds.created_at is 'Created.';
comment on column refunds.updated_at is 'Last change.';
comment on column refunds.deleted_at is 'Deleted.';
comment on column refunds.extra is 'What the source holds and this model has no column for.';
comment on column refunds.seen_at is 'When this row was read (UTC).';
comment on column refunds.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column refunds.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
