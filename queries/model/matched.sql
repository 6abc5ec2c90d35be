-- One row is a system whose rows of a table are matched with those of Salesforce.
create table matched (
  entity varchar not null,
  system varchar not null
);

comment on table matched is 'One row is a system whose rows of a table are matched with those of Salesforce.';
comment on column matched.entity is 'Canonical table.';
comment on column matched.system is 'Every shop; an ERP where it owns the table or one that is compared by it.';
