-- One row is a B2B company.
create table companies (
  system varchar not null,
  record_id varchar not null,
  name varchar,
  external_ids map (varchar, varchar),
  price_list varchar,
  credit_limit decimal(38, 6),
  currency varchar,
  status varchar,
  created_at timestamp,
  updated_at timestamp,
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table companies is 'One row is a B2B company.';
comment on column companies.system is 'Name of the system in recon.toml that this row was read from.';
comment on column companies.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column companies.name is 'Name.';
comment on column companies.external_ids is 'Ids of other systems by role.';
comment on column companies.price_list is 'Price list.';
comment on column companies.credit_limit is 'Credit limit.';
comment on column companies.currency is 'Currency.';
comment on column companies.status is 'Status.';
comment on column companies.created_at is 'Created.';
comment on column companies.updated_at is 'Last change.';
comment on column companies.deleted_at is 'Deleted.';
comment on column companies.extra is 'What the source holds and this model has no column for.';
comment on column companies.seen_at is 'When this row was read (UTC).';
comment on column companies.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column companies.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
