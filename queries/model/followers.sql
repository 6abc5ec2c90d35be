-- One row is a shop whose rows of a table are held against those of the ERP that owns it.
create table followers (
  entity varchar not null,
  system varchar not null,
  owner varchar not null
);

comment on table followers is 'One row is a shop whose rows of a table are held against those of the ERP that owns it.';
comment on column followers.entity is 'Canonical table.';
comment on column followers.system is 'The shop.';
comment on column followers.owner is 'The ERP.';
