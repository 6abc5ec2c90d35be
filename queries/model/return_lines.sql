-- One row is a line of a return.
create table return_lines (
  system varchar not null,
  record_id varchar not null,
  return_id varchar,
  line_id varchar,
  quantity decimal(18, 4),
  direction varchar,
  extra json,
  seen_at timestamp,
  file varchar,
  line bigint
);

comment on table return_lines is 'One row is a line of a return.';
comment on column return_lines.system is 'Name of the system in recon.toml that this row was read from.';
comment on column return_lines.record_id is 'The id inside that system, as text; Salesforce ids in their 18-character form, Shopify gids as their numeric tail.';
comment on column return_lines.return_id is 'Return.';
comment on column return_lines.line_id is 'Order line.';
comment on column return_lines.quantity is 'Units.';
comment on column return_lines.direction is 'in for returned goods, out for exchanged goods.';
comment on column return_lines.extra is 'What the source holds and this model has no column for.';
comment on column return_lines.seen_at is 'When this row was read (UTC).';
comment on column return_lines.file is 'File of the snapshot in which the row lies, relative to the snapshot folder.';
comment on column return_lines.line is 'Line of that file, counted from 1; NULL where the format has no stable lines.';
