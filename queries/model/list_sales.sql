-- One row is a line of an order that can be held against the price lists of its shop.
create table list_sales (
  system varchar not null,
  record_id varchar not null,
  currency varchar not null,
  channel varchar,
  quantity decimal(18, 4) not null,
  lowest decimal(38, 6) not null,
  asked decimal(38, 6) not null,
  paid decimal(38, 6) not null,
  bare decimal(38, 6),
  held_since timestamp not null,
  placed_at timestamp not null
);

comment on table list_sales is 'One row is a line of an order that can be held against the price lists of its shop.';
comment on column list_sales.system is 'Shop.';
comment on column list_sales.record_id is 'record_id in order_lines.';
comment on column list_sales.currency is 'Currency of line and lists.';
comment on column list_sales.channel is 'Sales channel of the order.';
comment on column list_sales.quantity is 'Quantity as ordered.';
comment on column list_sales.lowest is 'The lowest price that any list of the shop, or of the ERP that it follows, asks for one at this quantity.';
comment on column list_sales.asked is 'The same for the quantity.';
comment on column list_sales.paid is 'What the line was sold for, with or without tax as the line holds it.';
comment on column list_sales.bare is 'The same without tax; NULL where neither line nor lists hold tax.';
comment on column list_sales.held_since is 'Since when all these lists certainly ask what they ask.';
comment on column list_sales.placed_at is 'When the order was placed: after that.';
