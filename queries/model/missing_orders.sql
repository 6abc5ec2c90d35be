-- One row is a shop order that no Salesforce order belongs to; tests, drafts and deleted ones are left out, and how young it is does not matter.
create table missing_orders (
  system varchar not null,
  record_id varchar not null,
  number varchar,
  channel varchar,
  total decimal(38, 6),
  currency varchar,
  created_at timestamp
);

comment on table missing_orders is 'One row is a shop order that no Salesforce order belongs to; tests, drafts and deleted ones are left out, and how young it is does not matter.';
comment on column missing_orders.system is 'System of the shop order.';
comment on column missing_orders.record_id is 'record_id of the shop order.';
comment on column missing_orders.number is 'What a person calls it.';
comment on column missing_orders.channel is 'Sales channel.';
comment on column missing_orders.total is 'Total as placed.';
comment on column missing_orders.currency is 'Currency.';
comment on column missing_orders.created_at is 'When the shop recorded it, else when the buyer placed it.';
