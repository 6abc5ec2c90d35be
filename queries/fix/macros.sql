-- What one field of a record should hold: the role that it plays in the mapping, and the value in canonical words.
create or replace temp macro wanted(role, value) as (
  struct_pack(role := cast(role as varchar), value := cast(value as varchar))
);

-- A time as Salesforce takes it.
create or replace temp macro time_text(t) as (strftime(t, '%Y-%m-%dT%H:%M:%SZ'));
