-- One row is a return or exchange.
create table returns (
  system varchar not null,
  record_id varchar not null,
  order_id varchar,
  status varchar,
  raw_status varchar,
  is_exchange boolean,
  total_quantity decimal(18, 4),
  created_at timestamp,
  closed_at timestamp,
  external_ids map (varchar, varchar),
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table returns is 'One row is a return or exchange.';
comment on column returns.system is 'Name of the system in recon.toml that this row was read from.';
comment on column returns.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column returns.order_id is 'Order.';
comment on column returns.status is 'Canonical: requested, open, closed, declined, cancelled.';
comment on column returns.raw_status is 'As held.';
comment on column returns.is_exchange is 'True where goods go out again.';
comment on column returns.total_quantity is 'Units.';
comment on column returns.created_at is 'Created.';
comment on column returns.closed_at is 'Closed.';
comment on column returns.external_ids is 'Ids of other systems by role.';
comment on column returns.deleted_at is 'Deleted.';
comment on column returns.extra is 'What the source holds and this model has no column for.';
comment on column returns.seen_at is 'When this row was read (UTC).';
comment on column returns.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column returns.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
