-- One row is a shop order that was edited by being cancelled and made anew.
create table order_chains (
  shop_system varchar not null,
  shop_id varchar not null,
  current_id varchar not null
);

comment on table order_chains is 'One row is a shop order that was edited by being cancelled and made anew.';
comment on column order_chains.shop_system is 'System of both orders.';
comment on column order_chains.shop_id is 'record_id of the order that was replaced.';
comment on column order_chains.current_id is 'record_id of the order at the end of the chain, which holds now.';
