-- One row is a group of records of one person in one system, with the record to keep.
create table customer_survivors (
  cluster_id varchar not null,
  system varchar not null,
  record_id varchar not null,
  reason varchar not null,
  fields struct(field varchar, value varchar, record_id varchar, reason varchar)[]
);

comment on table customer_survivors is 'One row is a group of records of one person in one system, with the record that is best kept when they are merged.';
comment on column customer_survivors.cluster_id is 'Group, as in customer_clusters.';
comment on column customer_survivors.system is 'System.';
comment on column customer_survivors.record_id is 'Record to keep.';
comment on column customer_survivors.reason is 'Why this one.';
comment on column customer_survivors.fields is 'For each field the value to keep, the record that has it, and why.';
