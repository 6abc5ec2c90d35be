-- One row is one change of one field, from the history objects.
create table field_changes (
  system varchar not null,
  record_id varchar not null,
  object varchar,
  parent_id varchar,
  field varchar,
  entity varchar,
  column_name varchar,
  old_value varchar,
  new_value varchar,
  changed_by varchar,
  writer varchar,
  acts_for varchar[],
  changed_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table field_changes is 'One row is one change of one field, from the history objects.';
comment on column field_changes.system is 'Name of the system in recon.toml that this row was read from.';
comment on column field_changes.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column field_changes.object is 'Object.';
comment on column field_changes.parent_id is 'Record that changed.';
comment on column field_changes.field is 'Field.';
comment on column field_changes.entity is 'Canonical table of the record, where the mapping reads its object.';
comment on column field_changes.column_name is 'Canonical column (role) that the mapping reads the field as; NULL where it does not.';
comment on column field_changes.old_value is 'Before.';
comment on column field_changes.new_value is 'After.';
comment on column field_changes.changed_by is 'User.';
comment on column field_changes.writer is 'Name of that user, where users could be read.';
comment on column field_changes.acts_for is 'Systems in whose name the user writes, by [mapping.writers]; empty for a person or a flow.';
comment on column field_changes.changed_at is 'When.';
comment on column field_changes.extra is 'What the source holds and this model has no column for.';
comment on column field_changes.seen_at is 'When this row was read (UTC).';
comment on column field_changes.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column field_changes.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
