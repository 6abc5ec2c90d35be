-- One row says that a system owns a table, or a column of one: its value is the truth.
create table owners (
  entity varchar not null,
  field varchar,
  system varchar not null
);

comment on table owners is 'One row says that a system owns a table, or a column of one: its value is the truth.';
comment on column owners.entity is 'Canonical table.';
comment on column owners.field is 'Canonical column; NULL for the table as a whole.';
comment on column owners.system is 'Name of the system, also of one that the snapshot does not hold.';
