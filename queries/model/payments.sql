-- One row is a payment transaction.
create table payments (
  system varchar not null,
  record_id varchar not null,
  order_id varchar,
  kind varchar,
  status varchar,
  gateway varchar,
  amount decimal(38, 6),
  currency varchar,
  is_test boolean,
  parent_id varchar,
  processed_at timestamp,
  expires_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table payments is 'One row is a payment transaction.';
comment on column payments.system is 'Name of the system in recon.toml that this row was read from.';
comment on column payments.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column payments.order_id is 'Order.';
comment on column payments.kind is 'authorization, capture, sale, refund, void.';
comment on column payments.status is 'success, pending, failure.';
comment on column payments.gateway is 'Gateway.';
comment on column payments.amount is 'Amount.';
comment on column payments.currency is 'Currency.';
comment on column payments.is_test is 'True for a test transaction.';
comment on column payments.parent_id is 'Transaction that this one follows.';
comment on column payments.processed_at is 'Processed.';
comment on column payments.expires_at is 'When an authorisation lapses unless it is captured; NULL where the system does not say.';
comment on column payments.extra is 'What the source holds and this model has no column for.';
comment on column payments.seen_at is 'When this row was read (UTC).';
comment on column payments.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column payments.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
