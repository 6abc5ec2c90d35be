-- One row is a stock location.
create table locations (
  system varchar not null,
  record_id varchar not null,
  name varchar,
  code varchar,
  is_active boolean,
  external_ids map (varchar, varchar),
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table locations is 'One row is a stock location.';
comment on column locations.system is 'Name of the system in recon.toml that this row was read from.';
comment on column locations.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column locations.name is 'Name.';
comment on column locations.code is 'Code or external reference.';
comment on column locations.is_active is 'In use.';
comment on column locations.external_ids is 'Ids of other systems by role.';
comment on column locations.deleted_at is 'Deleted.';
comment on column locations.extra is 'What the source holds and this model has no column for.';
comment on column locations.seen_at is 'When this row was read (UTC).';
comment on column locations.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column locations.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
