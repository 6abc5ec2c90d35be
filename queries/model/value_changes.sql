-- One row is a value that differs between two snapshots of the same systems.
create table value_changes (
  system varchar not null,
  entity varchar not null,
  record_id varchar not null,
  field varchar not null,
  old_value varchar,
  new_value varchar,
  after_at timestamp not null,
  until_at timestamp not null
);

comment on table value_changes is 'One row is a value that differs between two snapshots of the same systems, of the last 30 days.';
comment on column value_changes.system is 'System.';
comment on column value_changes.entity is 'Canonical table.';
comment on column value_changes.record_id is 'Record.';
comment on column value_changes.field is 'Canonical column.';
comment on column value_changes.old_value is 'What the earlier snapshot shows.';
comment on column value_changes.new_value is 'What the later snapshot shows.';
comment on column value_changes.after_at is 'When the earlier snapshot was taken: it changed after that.';
comment on column value_changes.until_at is 'When the later snapshot was taken: it had changed by then.';
