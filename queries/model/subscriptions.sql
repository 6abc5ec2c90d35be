-- One row is a subscription contract.
create table subscriptions (
  system varchar not null,
  record_id varchar not null,
  external_ids map (varchar, varchar),
  customer_id varchar,
  status varchar,
  raw_status varchar,
  next_billing_at timestamp,
  interval varchar,
  amount decimal(38, 6),
  currency varchar,
  created_at timestamp,
  updated_at timestamp,
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table subscriptions is 'One row is a subscription contract.';
comment on column subscriptions.system is 'Name of the system in recon.toml that this row was read from.';
comment on column subscriptions.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column subscriptions.customer_id is 'Customer.';
comment on column subscriptions.external_ids is 'Ids that this record carries of other systems, by field or role name.';
comment on column subscriptions.raw_status is 'Status exactly as the system holds it.';
comment on column subscriptions.status is 'Canonical: pending, active, paused, cancelling (runs until the end of what was paid), cancelled, expired.';
comment on column subscriptions.next_billing_at is 'Next billing.';
comment on column subscriptions.interval is 'Billing interval.';
comment on column subscriptions.amount is 'Amount.';
comment on column subscriptions.currency is 'Currency.';
comment on column subscriptions.created_at is 'Created.';
comment on column subscriptions.updated_at is 'Last change.';
comment on column subscriptions.deleted_at is 'Deleted.';
comment on column subscriptions.extra is 'What the source holds and this model has no column for.';
comment on column subscriptions.seen_at is 'When this row was read (UTC).';
comment on column subscriptions.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column subscriptions.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
