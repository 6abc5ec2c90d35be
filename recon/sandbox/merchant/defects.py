"""All causes in the order of planting, and the near misses that must stay silent."""

from __future__ import annotations

from collections.abc import Callable

from recon.sandbox.merchant import (
    catalogue_defects,
    catalogue_near_misses,
    company_defects,
    customer_defects,
    customer_near_misses,
    drift_defects,
    drift_near_misses,
    identity_defects,
    identity_near_misses,
    line_defects,
    line_near_misses,
    movement_defects,
    movement_near_misses,
    near_misses,
    order_defects,
    ownership_defects,
    ownership_near_misses,
    people_defects,
    stock_defects,
    text_defects,
)
from recon.sandbox.merchant.world import World

Defect = Callable[[World, str], None]

CAUSES: tuple[Defect, ...] = (
    # NOTE: causes that need rare records choose first.
    *movement_defects.FIRST,
    order_defects.lost_webhooks,
    order_defects.queue_backlog,
    line_defects.edit_not_followed,
    order_defects.mixed_up_household,
    order_defects.presentment_amount,
    order_defects.cancellation_not_followed,
    line_defects.refund_not_copied,
    *movement_defects.CAUSES,
    *text_defects.CAUSES,
    *drift_defects.CAUSES[:5],
    *line_defects.CAUSES[:2],
    order_defects.tests_as_revenue,
    order_defects.discount_lost,
    order_defects.shipping_lost,
    order_defects.cancelled_by_hand,
    order_defects.flow_breaks_sum,
    order_defects.tax_written_net,
    order_defects.cents_rounded,
    order_defects.wrong_currency_code,
    line_defects.line_failed,
    line_defects.order_without_lines,
    line_defects.quantity_cut,
    *line_defects.CAUSES[2:],
    order_defects.retried_without_key,
    order_defects.deleted_in_salesforce,
    order_defects.deleted_in_shop,
    order_defects.invented_number,
    order_defects.blank_external_id,
    order_defects.wrong_external_id,
    order_defects.blank_id_and_number,
    order_defects.archive_not_followed,
    identity_defects.household_merged,
    identity_defects.ordered_on_the_double,
    identity_defects.called_by_nickname,
    identity_defects.heard_on_the_phone,
    identity_defects.registered_twice,
    *drift_defects.CAUSES[5:],
    people_defects.sync_stopped,
    people_defects.phone_written_otherwise,
    people_defects.created_twice,
    people_defects.address_written_otherwise,
    people_defects.text_consent_not_followed,
    people_defects.subscribe_not_followed,
    people_defects.unsubscribe_not_followed,
    people_defects.address_not_followed,
    people_defects.address_wiped,
    people_defects.customer_without_id,
    customer_defects.erasure_not_followed,
    customer_defects.customer_deleted_in_shop,
    customer_defects.number_not_followed,
    customer_defects.number_wiped,
    customer_defects.moved_house,
    customer_defects.name_not_followed,
    catalogue_defects.sku_never_given,
    catalogue_defects.withdrawn_in_shop,
    catalogue_defects.renamed_in_shop,
    catalogue_defects.sku_used_twice,
    catalogue_defects.sku_not_copied,
    catalogue_defects.product_entered_twice,
    catalogue_defects.deactivated_in_salesforce,
    catalogue_defects.name_typed_over,
    catalogue_defects.barcode_not_followed,
    catalogue_defects.barcode_wiped,
    catalogue_defects.discontinued_in_shop,
    customer_defects.guest_though_known,
    customer_defects.id_of_nobody,
    customer_defects.counted_twice,
    customer_defects.read_in_another_encoding,
    customer_defects.street_cut_off,
    customer_defects.names_swapped,
    customer_defects.walk_in_buyers,
    company_defects.company_list_not_followed,
    company_defects.company_never_sent,
    stock_defects.product_never_sent,
    stock_defects.sku_mistyped,
    stock_defects.product_without_id,
    stock_defects.wholesale_changed_by_hand,
    stock_defects.price_not_followed,
    stock_defects.adjustments_lost,
    stock_defects.oversold,
    ownership_defects.flow_writes_over_owner,
    ownership_defects.number_typed_by_hand,
    ownership_defects.write_war,
    ownership_defects.stale_messages,
)

FIRST: tuple[Defect, ...] = movement_near_misses.FIRST
"""Near misses that are planted before the causes"""

NEAR_MISSES: tuple[Defect, ...] = (
    identity_near_misses.father_and_son,
    *drift_near_misses.NEAR_MISSES,
    *line_near_misses.NEAR_MISSES,
    near_misses.id_in_other_dress,
    near_misses.one_cent,
    near_misses.change_orders,
    near_misses.duplicate_tidied_up,
    near_misses.business_without_contact,
    near_misses.cancelled_without_lines,
    near_misses.orders_of_the_sales_team,
    near_misses.just_in_time,
    near_misses.loaded_afterwards,
    near_misses.lines_without_ids,
    near_misses.refund_without_id,
    near_misses.merged_accounts,
    near_misses.just_signed_up,
    near_misses.erased_everywhere,
    near_misses.placeholders,
    near_misses.other_case,
    company_defects.company_known_by_name,
    company_defects.company_just_made,
    customer_near_misses.name_in_other_spelling,
    customer_near_misses.number_in_other_dress,
    customer_near_misses.street_in_other_spelling,
    near_misses.service_not_sent,
    near_misses.closed_shelf,
    near_misses.price_in_another_currency,
    near_misses.last_piece,
    near_misses.stale_standard_price,
    catalogue_near_misses.name_cut_short,
    catalogue_near_misses.name_in_other_dress,
    catalogue_near_misses.name_without_option,
    catalogue_near_misses.barcode_in_other_dress,
    catalogue_near_misses.retired_record,
    catalogue_near_misses.product_of_sales,
    catalogue_near_misses.copied_as_draft,
    ownership_near_misses.corrected_once,
    ownership_near_misses.note_by_the_office,
    ownership_near_misses.settled_long_ago,
    *movement_near_misses.NEAR_MISSES,
    *text_defects.NEAR_MISSES,
)


def plant(world: World, defects: tuple[Defect, ...], unsaid: frozenset[str] = frozenset()) -> None:
    """Plant causes one after the other; the name of its function is the name of a cause. Those that are ``unsaid`` are left out."""
    for defect in defects:
        if defect.__name__ not in unsaid:
            defect(world, defect.__name__)


def reserve(world: World) -> None:
    """Keep people who share an address or number away from causes that are not about them."""
    for customer, _ in world.people.households:
        world.taken.add(customer.key)
    for person in world.people.customers:
        if not person.phone and person.address.phone:
            world.taken.add(person.key)
