-- One row is a value that several records bear and that is nobody's identity.
create table shared_values (
  system varchar,
  kind varchar not null,
  value varchar not null,
  records bigint not null,
  reason varchar not null
);

comment on table shared_values is 'One row is a value that several records bear and that is nobody''s identity, or a kind of key that was too broad to compare.';
comment on column shared_values.system is 'System; NULL for keys.';
comment on column shared_values.kind is 'email, phone, key.';
comment on column shared_values.value is 'The address or number; for a key its kind.';
comment on column shared_values.records is 'Records that bear it.';
comment on column shared_values.reason is 'Box of an office, placeholder, or too many records.';
