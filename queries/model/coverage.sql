-- One row is what of (system, entity) could or could not be read; rows with a field tell of single columns.
create table coverage (
  system varchar not null,
  entity varchar not null,
  field varchar,
  readable boolean not null,
  complete boolean not null,
  absent boolean not null default false,
  window_from timestamp,
  window_to timestamp,
  watermark timestamp,
  rows bigint,
  expected_rows bigint,
  reason varchar
);

comment on table coverage is 'One row is what of (system, entity) could or could not be read; rows with a field tell of single columns.';
comment on column coverage.system is 'Name of the system.';
comment on column coverage.entity is 'Canonical table.';
comment on column coverage.field is 'Canonical column; NULL for the entity as a whole.';
comment on column coverage.readable is 'False where a right, scope or mapping is missing.';
comment on column coverage.complete is 'True where completeness was proven.';
comment on column coverage.absent is 'True where there is nothing to read: the platform has no such data, or no field or object is mapped.';
comment on column coverage.window_from is 'Start of the window that was read; NULL for everything.';
comment on column coverage.window_to is 'End of that window.';
comment on column coverage.watermark is 'Newest change that is certainly contained.';
comment on column coverage.rows is 'Rows read.';
comment on column coverage.expected_rows is 'Rows that the vendor says there are.';
comment on column coverage.reason is 'Why not readable or not complete, as a sentence.';
