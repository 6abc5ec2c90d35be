-- One row is a system whose rows of a table are held against those of Salesforce.
create table compared (
  entity varchar not null,
  system varchar not null
);

comment on table compared is 'One row is a system whose rows of a table are held against those of Salesforce.';
comment on column compared.entity is 'Canonical table.';
comment on column compared.system is 'The shops and ERPs that own the table; every shop where Salesforce owns it.';
