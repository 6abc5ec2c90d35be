-- One row is a line of a shipment.
create table fulfillment_lines (
  system varchar not null,
  record_id varchar not null,
  fulfillment_id varchar,
  line_id varchar,
  quantity decimal(18, 4),
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table fulfillment_lines is 'One row is a line of a shipment.';
comment on column fulfillment_lines.system is 'Name of the system in recon.toml that this row was read from.';
comment on column fulfillment_lines.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column fulfillment_lines.fulfillment_id is 'Shipment.';
comment on column fulfillment_lines.line_id is 'Order line.';
comment on column fulfillment_lines.quantity is 'Shipped quantity.';
comment on column fulfillment_lines.extra is 'What the source holds and this model has no column for.';
comment on column fulfillment_lines.seen_at is 'When this row was read (UTC).';
comment on column fulfillment_lines.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column fulfillment_lines.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
