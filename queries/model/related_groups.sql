-- One row is a record of a group that shares much and is not one person.
create table related_groups (
  group_id varchar not null,
  relation varchar not null,
  system varchar not null,
  record_id varchar not null
);

comment on table related_groups is 'One row is a record of a group that shares much and that vetoes keep apart: a household, colleagues. No duplicates.';
comment on column related_groups.group_id is 'Smallest member: system and record id. A record may belong to a group of each relation.';
comment on column related_groups.relation is 'household, colleagues, shared contact.';
comment on column related_groups.system is 'System; a group lies inside one.';
comment on column related_groups.record_id is 'Record.';
