-- One row is a line of a shop order beside its line of the primary Salesforce order; test orders are left out.
create table line_pairs (
  shop_system varchar not null,
  shop_id varchar not null,
  shop_order_id varchar not null,
  salesforce_system varchar not null,
  salesforce_order_id varchar not null,
  salesforce_id varchar,
  certainty varchar,
  expected decimal(18, 4),
  held decimal(18, 4),
  has_other_total boolean,
  has_other_price boolean
);

comment on table line_pairs is 'One row is a line of a shop order beside its line of the primary Salesforce order; test orders are left out.';
comment on column line_pairs.shop_system is 'System of the shop order.';
comment on column line_pairs.shop_id is 'record_id of the shop line.';
comment on column line_pairs.shop_order_id is 'record_id of the shop order.';
comment on column line_pairs.salesforce_system is 'System of the Salesforce order.';
comment on column line_pairs.salesforce_order_id is 'record_id of the Salesforce order.';
comment on column line_pairs.salesforce_id is 'record_id of the Salesforce line; NULL where there is none.';
comment on column line_pairs.certainty is 'certain, or likely where only the place among several lines of one SKU or product tells; NULL where there is none.';
comment on column line_pairs.expected is 'What Salesforce should hold: the quantity as ordered, less what an edit removed.';
comment on column line_pairs.held is 'What it holds.';
comment on column line_pairs.has_other_total is 'True where both hold the total of the line, and it differs in any way.';
comment on column line_pairs.has_other_price is 'True where no way of keeping the price (with tax or without, before a discount or after) makes them the same.';
