-- One row is a record of Salesforce in which the integration leaves what went wrong.
create table write_errors (
  system varchar not null,
  record_id varchar not null,
  object varchar,
  entity varchar,
  store varchar,
  target_id varchar,
  message varchar,
  raw_status varchar,
  is_resolved boolean,
  occurred_at timestamp,
  created_at timestamp,
  updated_at timestamp,
  deleted_at timestamp,
  created_by varchar,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table write_errors is 'One row is a record of Salesforce in which the integration leaves what went wrong.';
comment on column write_errors.system is 'Name of the system in recon.toml that this row was read from.';
comment on column write_errors.record_id is 'The record that holds the error, in its 18-character form.';
comment on column write_errors.object is 'Source object: Order with an error field, or an object of faults.';
comment on column write_errors.entity is 'Canonical table of the record that could not be written: orders, customers, products; NULL where nothing tells.';
comment on column write_errors.store is 'Shop that the record belongs to, as the mapping translates it: the name of its system; NULL where there is one shop, or nothing tells.';
comment on column write_errors.target_id is 'Record that could not be written, by its id in Salesforce or in the shop; NULL where it is this record itself.';
comment on column write_errors.message is 'What went wrong, without card numbers; NULL in an error field that is empty.';
comment on column write_errors.raw_status is 'What the field says that tells whether it is resolved, as held.';
comment on column write_errors.is_resolved is 'True where somebody or something dealt with it; NULL where no field tells, or its word is not known.';
comment on column write_errors.occurred_at is 'When it went wrong; NULL where nothing tells.';
comment on column write_errors.created_at is 'Created in Salesforce.';
comment on column write_errors.updated_at is 'Last change.';
comment on column write_errors.deleted_at is 'Deleted; NULL while alive.';
comment on column write_errors.created_by is 'User that created the record.';
comment on column write_errors.extra is 'What the source holds and this model has no column for.';
comment on column write_errors.seen_at is 'When this row was read (UTC).';
comment on column write_errors.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column write_errors.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
