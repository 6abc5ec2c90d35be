-- One row is a system in the snapshot.
create table systems (
  system varchar not null,
  kind varchar not null,
  side varchar not null,
  title varchar,
  base_url varchar,
  record_url_template varchar,
  account_id varchar,
  time_zone varchar,
  currency varchar,
  api_version varchar,
  tax_included boolean,
  snapshot_started_at timestamp,
  snapshot_finished_at timestamp,
  calls bigint
);

comment on table systems is 'One row is a system in the snapshot.';
comment on column systems.system is 'Name of the system in recon.toml.';
comment on column systems.kind is 'Platform: shopify, salesforce, ….';
comment on column systems.side is 'shop, salesforce or erp: which side of a comparison the system is on.';
comment on column systems.title is 'What a person calls it.';
comment on column systems.base_url is 'Address of the system, without secrets.';
comment on column systems.record_url_template is 'Address of one record with {object} and {record_id}, for links out of the report.';
comment on column systems.account_id is 'The account within the platform: Salesforce org id, Shopify domain.';
comment on column systems.time_zone is 'IANA zone in which the system reports days.';
comment on column systems.currency is 'Default currency, ISO 4217.';
comment on column systems.api_version is 'Version of the vendor interface that answered.';
comment on column systems.tax_included is 'Whether prices include tax by default.';
comment on column systems.snapshot_started_at is 'When reading began (UTC).';
comment on column systems.snapshot_finished_at is 'When reading ended (UTC).';
comment on column systems.calls is 'Calls spent on this system by the snapshot.';

-- "in the shop", "in Salesforce"; where there are several shops, and for an ERP, its title.
create macro in_system(system_name) as (
  (
    with shops as (
      select count(*) filter (where x.side = 'shop') as shops
      from systems as x
    )

    select
      case
        when s.side = 'salesforce' then 'in Salesforce'
        when s.side = 'shop' and n.shops = 1 then 'in the shop'
        else 'in ' || coalesce(s.title, s.system)
      end
    from systems as s
    cross join shops as n
    where s.system = system_name  -- noqa: RF02
  )
);
