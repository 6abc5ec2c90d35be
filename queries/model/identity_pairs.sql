-- One row is a pair of records that may be one person or business, or that a veto keeps apart although they share much.
create table identity_pairs (
  system varchar not null,
  record_id varchar not null,
  other_system varchar not null,
  other_id varchar not null,
  tier varchar not null,
  score decimal(9, 2) not null,
  veto varchar,
  relation varchar,
  is_ambiguous boolean,
  reasons varchar[]
);

comment on table identity_pairs is 'One row is a pair of records that may be one person or business, or that a veto keeps apart although they share much.';
comment on column identity_pairs.system is 'System of the first record; the first is the one with the smaller system and id.';
comment on column identity_pairs.record_id is 'First record.';
comment on column identity_pairs.other_system is 'System of the second record.';
comment on column identity_pairs.other_id is 'Second record.';
comment on column identity_pairs.tier is 'certain, likely, review; related where a veto keeps them apart.';
comment on column identity_pairs.score is 'Evidence in bits: one more bit is twice as likely.';
comment on column identity_pairs.veto is 'What keeps them apart: given, family, crossed, second, suffix, organisation.';
comment on column identity_pairs.relation is 'For related ones: household, colleagues, shared contact.';
comment on column identity_pairs.is_ambiguous is 'Of two systems: somebody else of the other system is nearly as likely, so the pair is only review.';
comment on column identity_pairs.reasons is 'What they share.';
