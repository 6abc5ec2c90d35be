-- One row is a sellable variant.
create table products (
  system varchar not null,
  record_id varchar not null,
  product_id varchar,
  external_ids map (varchar, varchar),
  sku varchar,
  sku_key varchar,
  barcode varchar,
  title varchar,
  variant_title varchar,
  product_type varchar,
  status varchar,
  raw_status varchar,
  is_tracked boolean,
  is_gift_card boolean,
  inventory_item_id varchar,
  created_at timestamp,
  updated_at timestamp,
  deleted_at timestamp,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table products is 'One row is a sellable variant.';
comment on column products.system is 'Name of the system in recon.toml that this row was read from.';
comment on column products.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column products.product_id is 'Product above the variant.';
comment on column products.external_ids is 'Ids of other systems by role: product_id, variant_id.';
comment on column products.sku is 'SKU as held.';
comment on column products.sku_key is 'SKU for matching.';
comment on column products.barcode is 'Barcode.';
comment on column products.title is 'Product title.';
comment on column products.variant_title is 'Variant title.';
comment on column products.product_type is 'Sort of goods in the words of its system: product type, family or kind of product.';
comment on column products.status is 'Canonical: active, draft, archived, unlisted.';
comment on column products.raw_status is 'As held.';
comment on column products.is_tracked is 'True where stock is tracked.';
comment on column products.is_gift_card is 'True for gift cards.';
comment on column products.inventory_item_id is 'Shopify inventory item.';
comment on column products.created_at is 'Created.';
comment on column products.updated_at is 'Last change.';
comment on column products.deleted_at is 'Deleted.';
comment on column products.extra is 'What the source holds and this model has no column for.';
comment on column products.seen_at is 'When this row was read (UTC).';
comment on column products.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column products.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
