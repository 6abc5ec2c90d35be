-- One row is a record that its system says was deleted.
create table deletions (
  system varchar not null,
  record_id varchar not null,
  entity varchar,
  deleted_at timestamp,
  method varchar,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table deletions is 'One row is a record that its system says was deleted.';
comment on column deletions.system is 'Name of the system in recon.toml that this row was read from.';
comment on column deletions.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column deletions.entity is 'Canonical table of the record.';
comment on column deletions.deleted_at is 'When.';
comment on column deletions.method is 'How it is known: event, queryall, lookup.';
comment on column deletions.extra is 'What the source holds and this model has no column for.';
comment on column deletions.seen_at is 'When this row was read (UTC).';
comment on column deletions.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column deletions.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
