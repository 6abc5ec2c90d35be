-- One row is a line of a primary Salesforce order to which no line of the shop's order belongs alone.
create table line_extras (
  shop_system varchar not null,
  shop_order_id varchar not null,
  salesforce_system varchar not null,
  salesforce_order_id varchar not null,
  salesforce_id varchar not null,
  shop_line_id varchar,
  bundle_id varchar
);

comment on table line_extras is 'One row is a line of a primary Salesforce order to which no line of the shop''s order belongs alone.';
comment on column line_extras.shop_system is 'System of the shop order.';
comment on column line_extras.shop_order_id is 'record_id of the shop order.';
comment on column line_extras.salesforce_system is 'System of the Salesforce order.';
comment on column line_extras.salesforce_order_id is 'record_id of the Salesforce order.';
comment on column line_extras.salesforce_id is 'record_id of the Salesforce line.';
comment on column line_extras.shop_line_id is 'record_id of the shop line that it repeats; NULL where it is none of the shop''s.';
comment on column line_extras.bundle_id is 'parent_line_id of the shop lines that it stands for: a bundle that is one line in Salesforce.';
