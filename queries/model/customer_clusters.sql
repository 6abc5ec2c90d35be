-- One row is a record of a group that is one person or company.
create table customer_clusters (
  cluster_id varchar not null,
  system varchar not null,
  record_id varchar not null,
  certainty varchar not null,
  reasons varchar[]
);

comment on table customer_clusters is 'One row is a record of a group that is one person or company.';
comment on column customer_clusters.cluster_id is 'Smallest member: system and record id.';
comment on column customer_clusters.system is 'System.';
comment on column customer_clusters.record_id is 'Record.';
comment on column customer_clusters.certainty is 'certain, likely, review.';
comment on column customer_clusters.reasons is 'What the members share.';
