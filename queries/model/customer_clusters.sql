-- One row is a record of a group that is one person or business.
create table customer_clusters (
  cluster_id varchar not null,
  certain_id varchar not null,
  system varchar not null,
  record_id varchar not null,
  certainty varchar not null,
  reasons varchar[]
);

comment on table customer_clusters is 'One row is a record of a group that is one person or business, inside one system or across several.';
comment on column customer_clusters.cluster_id is 'Smallest member: system and record id.';
comment on column customer_clusters.certain_id is 'Smallest member of the part of the group that is beyond doubt; the same as cluster_id where all of it is.';
comment on column customer_clusters.system is 'System.';
comment on column customer_clusters.record_id is 'Record.';
comment on column customer_clusters.certainty is 'Of the whole group: certain, likely.';
comment on column customer_clusters.reasons is 'What the members share.';
