-- One row is an order line.
create table order_lines (
  system varchar not null,
  record_id varchar not null,
  order_id varchar,
  line_no bigint,
  external_ids map (varchar, varchar),
  sku varchar,
  sku_key varchar,
  product_id varchar,
  variant_id varchar,
  title varchar,
  quantity decimal(18, 4),
  current_quantity decimal(18, 4),
  fulfilled_quantity decimal(18, 4),
  refunded_quantity decimal(18, 4),
  unit_price decimal(38, 6),
  discount decimal(38, 6),
  tax decimal(38, 6),
  total decimal(38, 6),
  currency varchar,
  tax_included boolean,
  is_gift_card boolean,
  parent_line_id varchar,
  created_at timestamp,
  updated_at timestamp,
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table order_lines is 'One row is an order line.';
comment on column order_lines.system is 'Name of the system in recon.toml that this row was read from.';
comment on column order_lines.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column order_lines.order_id is 'Order in the same system.';
comment on column order_lines.line_no is 'Position, from 1.';
comment on column order_lines.external_ids is 'Ids of other systems by role: line_id.';
comment on column order_lines.sku is 'SKU as held.';
comment on column order_lines.sku_key is 'SKU for matching.';
comment on column order_lines.product_id is 'Product.';
comment on column order_lines.variant_id is 'Variant: record_id in products.';
comment on column order_lines.title is 'Title.';
comment on column order_lines.quantity is 'Quantity as ordered.';
comment on column order_lines.current_quantity is 'Quantity after edits and removals.';
comment on column order_lines.fulfilled_quantity is 'Shipped.';
comment on column order_lines.refunded_quantity is 'Refunded.';
comment on column order_lines.unit_price is 'Price of one, before discount.';
comment on column order_lines.discount is 'Discount on the line, positive.';
comment on column order_lines.tax is 'Tax on the line.';
comment on column order_lines.total is 'Line total after discount.';
comment on column order_lines.currency is 'Currency.';
comment on column order_lines.tax_included is 'True where unit_price and total contain tax.';
comment on column order_lines.is_gift_card is 'True for a sold gift card.';
comment on column order_lines.parent_line_id is 'Bundle line that this belongs to.';
comment on column order_lines.created_at is 'Created.';
comment on column order_lines.updated_at is 'Last change.';
comment on column order_lines.deleted_at is 'Deleted.';
comment on column order_lines.extra is 'What the source holds and this model has no column for.';
comment on column order_lines.seen_at is 'When this row was read (UTC).';
comment on column order_lines.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column order_lines.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
