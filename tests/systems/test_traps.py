"""What running systems were seen to do, or are documented to do, against expectation: where the stand-in shows it and where reading survives it.

A row is (platform, the trap, the test that shows it or None where real answers are the evidence, the test that survives it).
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CONTRACT = "lib/extractor_contract.py"
WOO, BIG, ADOBE = "systems/woocommerce/test_reading.py", "systems/bigcommerce/test_reading.py", "systems/adobe_commerce/test_reading.py"
WOO_SITE, WOO_ROWS, WOO_WIRE = "sandbox/woocommerce/test_site.py", "staging/test_woocommerce.py", "systems/woocommerce/test_contract.py"
WOO_SIGNED = "systems/woocommerce/test_oauth.py"
BIG_STORE, BIG_ROWS = "sandbox/bigcommerce/test_store.py", "staging/bigcommerce/test_staging.py"
ADOBE_SHOP, ADOBE_ROWS = "sandbox/adobe_commerce/test_shop.py", "staging/adobe_commerce/test_staging.py"
SHOP, SHOP_ROWS, SHOP_LINES = "systems/shopify/test_reading.py", "staging/test_shopify.py", "systems/shopify/test_lines.py"
SHOP_SEARCH, SHOP_STATE = "sandbox/shopify/test_search.py", "sandbox/shopify/test_shop.py"
SHOP_BULK, SHOP_ACCESS, SHOP_SEEN = "sandbox/shopify/test_bulk.py", "sandbox/shopify/test_access.py", "sandbox/shopify/test_recordings.py"
ORG, ORG_FAULTS, ORG_ACCESS = "systems/salesforce/test_reading.py", "systems/salesforce/test_faults.py", "systems/salesforce/test_access.py"
ORG_LIMITS, ORG_BULK, ORG_SOQL = (
    "sandbox/salesforce/test_limits_and_faults.py",
    "sandbox/salesforce/test_bulk.py",
    "sandbox/salesforce/test_soql.py",
)

DRIFT = f"{CONTRACT}::test_what_moves_while_pages_are_read_is_neither_lost_nor_doubled"
TEXTS = f"{CONTRACT}::test_hostile_texts_come_as_they_were_written"

TRAPS: tuple[tuple[str, str, str | None, str], ...] = (
    # WooCommerce, seen on running shops of 8.9.3 and 11.0.1
    ("woocommerce", "with plain permalinks a right key is refused like a wrong one", None, f"{WOO}::test_plain_permalinks_are_named_as_the_cause"),
    ("woocommerce", "the zone of PHP is always UTC and not the shop's", None, f"{WOO}::test_facts_name_the_site"),
    ("woocommerce", "without TLS only signatures are taken, and a nonce counts once", None, f"{WOO_SIGNED}::test_a_repeated_request_is_signed_anew"),
    ("woocommerce", "signatures older than a quarter of an hour are refused", None, f"{WOO_SIGNED}::test_a_wrong_clock_is_corrected_by_the_sites_own"),
    ("woocommerce", "unknown key, wrong secret and a customer's key are refused in three ways", f"{WOO_SITE}::test_keys_decide_what_is_answered", f"{WOO}::test_what_is_wrong_with_a_key_is_said_without_the_key"),
    ("woocommerce", "past the end orders state totals of nothing, other lists the real ones", f"{WOO_WIRE}::test_edge_answers_are_those_of_a_real_shop", f"{WOO}::test_a_full_read_is_complete_and_proven_on_every_version"),
    ("woocommerce", "records move between pages", f"{WOO_SITE}::test_pages_and_totals", DRIFT),
    ("woocommerce", "unknown parameters are ignored: customers know no filter of change", f"{WOO_SITE}::test_unknown_parameters_are_ignored_and_bad_values_are_not", f"{WOO}::test_only_orders_have_deltas"),
    ("woocommerce", "a list below a parent that is gone is empty and no error", None, f"{WOO}::test_records_that_a_parent_names_and_that_do_not_come_are_counted"),
    ("woocommerce", "filters of time leave their moment out and mean the shop's zone unless told", f"{WOO_SITE}::test_filters_of_time_are_understood_as_woocommerce_does", f"{WOO}::test_changes_are_asked_for_in_utc_whatever_the_shops_zone"),
    ("woocommerce", "any shows no trash, and drafts only where orders are posts", f"{WOO_SITE}::test_any_shows_no_trash_and_drafts_only_where_orders_are_posts", f"{WOO}::test_a_full_read_is_complete_and_proven_on_every_version"),
    ("woocommerce", "orders of a plugin that was switched off are in no list and still there by id", f"{WOO_SITE}::test_orders_of_a_plugin_that_is_switched_off_are_only_seen_by_id", f"{WOO}::test_what_no_list_shows_is_found_by_its_id"),
    ("woocommerce", "only a look by id tells deleted from trashed", None, f"{WOO}::test_a_record_is_proven_missing_by_its_id"),
    ("woocommerce", "a line's price is a fraction with noise", f"{WOO}::test_records_land_as_they_were_answered_with_exact_numbers", f"{WOO_ROWS}::test_the_price_of_one_is_exact_and_never_the_vendors_fraction"),
    ("woocommerce", "refunds without lines, and lines of negative quantity", None, f"{WOO_ROWS}::test_refunds_are_positive_and_count_once"),
    ("woocommerce", "before 9.0 refunds are known below their order only, before 10.3 variations below their product", f"{WOO_SITE}::test_routes_depend_on_the_version", f"{WOO}::test_a_full_read_is_complete_and_proven_on_every_version"),
    ("woocommerce", "the list of customers shows one role only", f"{WOO_SITE}::test_customers_are_only_those_of_that_role_unless_all_are_asked_for", f"{WOO_ROWS}::test_users_of_the_site_are_customers_by_role_or_by_an_order"),
    ("woocommerce", "guests and deleted customers are but billing data", None, f"{WOO_ROWS}::test_guests_are_made_of_billing_data_and_shown_once"),
    ("woocommerce", "a variation shows its parent's SKU and stock as its own", None, f"{WOO_ROWS}::test_variations_take_no_sku_and_no_stock_from_their_parent"),
    ("woocommerce", "caches answer for the shop", None, f"{WOO}::test_an_old_answer_of_a_cache_is_refused"),
    ("woocommerce", "hosts strip the header of the key", None, f"{WOO}::test_a_host_that_strips_the_header_needs_the_key_in_the_query"),
    # Shopify, seen in recorded answers
    ("shopify", "amounts have one decimal or many", f"{SHOP_STATE}::test_money_keeps_its_decimals", f"{CONTRACT}::test_amounts_keep_every_digit"),
    ("shopify", "a time without quotes falls apart and is read in the shop's zone", f"{SHOP_SEEN}::test_an_unquoted_timestamp_falls_apart_and_warns", f"{SHOP}::test_a_delta_brings_what_changed_since"),
    ("shopify", "an unknown filter is ignored and everything comes", f"{SHOP_SEARCH}::test_an_unknown_filter_is_ignored_and_everything_comes", f"{SHOP}::test_a_filter_that_the_shop_does_not_understand_is_a_failure"),
    ("shopify", "customers are matched by whole days", f"{SHOP_SEARCH}::test_customers_change_is_matched_by_whole_day", f"{SHOP}::test_customers_are_filtered_again_because_the_vendor_compares_days"),
    ("shopify", "counts stop at their limit", f"{SHOP_STATE}::test_counts_stop_at_their_limit", f"{SHOP}::test_estimates_are_the_shops_own_counts"),
    ("shopify", "a merged customer vanishes without an event", f"{SHOP_STATE}::test_merged_customers_leave_no_event_and_hand_their_orders_over", f"{SHOP}::test_looking_up_records_by_id"),
    ("shopify", "orders are deleted for good and leave an event", f"{SHOP_STATE}::test_a_deleted_order_is_gone_and_leaves_an_event", f"{SHOP}::test_deletions_since"),
    ("shopify", "the search index lags behind", f"{SHOP_STATE}::test_a_lagging_index_shows_old_records_in_lists_but_not_by_id", f"{SHOP}::test_looking_up_records_by_id"),
    ("shopify", "edits move totals that look final", None, f"{SHOP_ROWS}::test_what_an_edit_removed_is_not_refunded"),
    ("shopify", "children come behind their parents, but not next to them", f"{SHOP_BULK}::test_children_come_after_their_parents_but_not_next_to_them", f"{SHOP}::test_a_bulk_fault_that_passes_is_overcome"),
    ("shopify", "a bulk operation without rows has no address", f"{SHOP_BULK}::test_no_rows_means_no_address", f"{SHOP}::test_an_operation_without_rows_has_no_file"),
    ("shopify", "the sixth bulk query at a time is refused", f"{SHOP_SEEN}::test_the_sixth_bulk_query_at_a_time_is_refused", f"{SHOP}::test_a_bulk_fault_that_passes_is_overcome"),
    ("shopify", "versions fall forward in silence", f"{SHOP_ACCESS}::test_versions_fall_forward_silently", f"{SHOP}::test_another_version_than_asked_for_stops_reading"),
    ("shopify", "an app without scopes has a token that holds", f"{SHOP_ACCESS}::test_an_app_without_scopes_has_a_valid_token_and_nothing_else", f"{SHOP}::test_an_app_without_scopes_is_told_so"),
    ("shopify", "orders of more than sixty days are just absent", f"{SHOP_ACCESS}::test_without_read_all_orders_older_ones_are_just_absent", f"{SHOP}::test_without_all_orders_the_window_is_named"),
    ("shopify", "protected data is null with an error beside it", f"{SHOP_ACCESS}::test_protected_data_is_null_with_an_error_beside_it", f"{SHOP}::test_protected_data_that_is_denied_is_unreadable_and_not_blank"),
    ("shopify", "the storage wants no token", f"{SHOP_BULK}::test_the_storage_refuses_tokens_and_unsigned_addresses", f"{SHOP}::test_the_token_never_reaches_the_storage_and_no_secret_is_in_any_address"),
    # Salesforce, tried with clients and emulators
    ("salesforce", "clients drop headers when they repeat a call after a token ended", None, f"{ORG_FAULTS}::test_the_same_headers_go_with_the_repeated_call"),
    ("salesforce", "clients wait for ever", None, f"{CONTRACT}::test_a_slow_answer_is_an_answer_and_a_silent_server_is_given_up"),
    ("salesforce", "line breaks and U+2028 inside values get lost where lines are split", f"{ORG_BULK}::test_awkward_text_survives", TEXTS),
    ("salesforce", "REST writes large numbers with an exponent", f"{ORG_SOQL}::test_numbers_are_exact_and_large_ones_have_exponents", f"{ORG}::test_large_numbers_are_written_out"),
    ("salesforce", "a cursor expires", f"{ORG_LIMITS}::test_cursors_survive_a_restart_and_end_after_two_days", f"{ORG_FAULTS}::test_an_expired_cursor_is_replaced"),
    ("salesforce", "a job fails and its name is lost", f"{ORG_BULK}::test_jobs_get_stuck_aborted_or_fail", f"{ORG_FAULTS}::test_a_lost_job_is_begun_again"),
    ("salesforce", "very long addresses are refused in HTML", f"{ORG_LIMITS}::test_long_addresses_are_refused_in_html", f"{ORG_FAULTS}::test_an_address_that_is_too_long_for_a_proxy_goes_into_a_body"),
    ("salesforce", "counts of records are old and leave deleted ones out", f"{ORG_LIMITS}::test_record_counts", f"{ORG_FAULTS}::test_a_wrong_count_only_changes_the_way_of_reading"),
    ("salesforce", "fields that are hidden are not there at all", "sandbox/salesforce/test_records.py::test_hidden_fields_vanish", f"{ORG}::test_hidden_fields_are_said_and_not_taken_for_blank"),
    ("salesforce", "merged records are deleted and name their winner", "sandbox/salesforce/test_records.py::test_merged_records_point_to_the_winner", f"{ORG}::test_deleted_and_merged_records_are_seen"),
    ("salesforce", "the clock of the org decides about a token's end", "sandbox/salesforce/test_tokens.py::test_the_orgs_clock_decides_about_expiry", f"{ORG_ACCESS}::test_a_wrong_clock_here_is_corrected_by_the_orgs"),
    # BigCommerce, in the vendor's files and connectors
    ("bigcommerce", "an empty list of V2 has no body", f"{BIG_STORE}::test_an_empty_list_of_v2_is_204_without_a_body", f"{CONTRACT}::test_an_empty_account_is_complete"),
    ("bigcommerce", "lists inside an order are cut at fifty", f"{BIG_STORE}::test_lists_are_cut_at_fifty_and_addresses_at_ten", f"{BIG}::test_an_order_of_63_lines_keeps_them_all"),
    ("bigcommerce", "addresses inside a customer are cut at ten", f"{BIG_STORE}::test_lists_are_cut_at_fifty_and_addresses_at_ten", f"{BIG}::test_addresses_beyond_ten_are_fetched"),
    ("bigcommerce", "archived orders are in no list", f"{BIG_STORE}::test_archived_orders_are_in_no_list_but_there_by_id", f"{BIG}::test_archived_orders_are_read_and_marked"),
    ("bigcommerce", "a cursor comes with the first page and behind a cursor only", f"{BIG_STORE}::test_the_cursor_comes_with_the_first_page_and_behind_a_cursor", f"{BIG}::test_a_cursor_that_turns_in_a_circle_ends_the_read"),
    ("bigcommerce", "one list wants its times encoded, another refuses them so", f"{BIG_STORE}::test_times_must_come_as_each_list_wants_them", f"{BIG}::test_times_are_encoded_as_each_list_wants_them"),
    ("bigcommerce", "refunded_amount is always zero", None, f"{BIG_ROWS}::test_money_given_back_comes_from_the_refunds_alone"),
    ("bigcommerce", "names of statuses are the merchant's own", None, f"{BIG_ROWS}::test_only_the_id_of_a_status_says_what_it_means"),
    ("bigcommerce", "the quota is shared with other apps", f"{BIG_STORE}::test_the_quota_is_told_with_every_answer_and_ends", f"{BIG}::test_what_other_apps_use_up_is_waited_for"),
    ("bigcommerce", "B2B Edition wants the hash of the store beside the token", f"{BIG_STORE}::test_b2b_edition_wants_the_store_hash", f"{BIG}::test_a_full_read_is_complete_proven_and_brings_nothing_twice"),
    # Adobe Commerce, in the vendor's source and its tracker
    ("adobe_commerce", "without an order pages repeat and lose records", f"{ADOBE_SHOP}::test_without_an_order_pages_repeat_and_lose_records", DRIFT),
    ("adobe_commerce", "past the end old versions repeat the last page", f"{ADOBE_SHOP}::test_past_the_end", f"{ADOBE}::test_old_versions_that_repeat_the_last_page"),
    ("adobe_commerce", "one bad record breaks its page", f"{ADOBE_SHOP}::test_one_bad_record_breaks_its_page", f"{ADOBE}::test_one_broken_record_costs_itself_and_nothing_else"),
    ("adobe_commerce", "the size of a page may be limited", f"{ADOBE_SHOP}::test_limits_for_input", f"{ADOBE}::test_a_limit_of_the_page_size_is_learned"),
    ("adobe_commerce", "2.4.6 refuses signatures of values with a blank", f"{ADOBE_SHOP}::test_version_2_4_6_refuses_blanks", f"{ADOBE}::test_signatures_that_2_4_6_refuses_for_a_blank_are_avoided"),
    ("adobe_commerce", "since 2.4.4 a token alone is refused", f"{ADOBE_SHOP}::test_a_token_as_bearer_is_off_by_default", f"{ADOBE}::test_a_token_alone_is_refused_until_it_is_allowed"),
    ("adobe_commerce", "a nonce counts once", f"{ADOBE_SHOP}::test_a_nonce_is_good_once", f"{ADOBE}::test_every_request_that_is_sent_again_is_signed_again"),
    ("adobe_commerce", "an empty list may be null", f"{ADOBE_SHOP}::test_an_empty_list_of_companies_is_null", f"{CONTRACT}::test_an_empty_account_is_complete"),
    ("adobe_commerce", "a product that vanished fails the prices of all others", f"{ADOBE_SHOP}::test_prices_are_asked_by_sku", f"{ADOBE}::test_a_product_deleted_between_list_and_prices"),
    ("adobe_commerce", "keys without a value are absent", f"{ADOBE_SHOP}::test_amounts_are_exact_numbers_and_empty_keys_are_left_out", f"{ADOBE_ROWS}::test_a_key_that_is_absent_means_nothing_is_there"),
    ("adobe_commerce", "a configurable product comes as two lines", None, f"{ADOBE_ROWS}::test_a_configurable_product_counts_once_as_the_variant_that_it_is"),
    ("adobe_commerce", "an edited order is cancelled and has an heir", None, f"{ADOBE_ROWS}::test_an_edited_order_and_its_heir_name_each_other"),
    ("adobe_commerce", "a tracking number added later changes no date", None, f"{ADOBE}::test_shipments_are_read_again_for_tracking_numbers_added_later"),
)  # fmt: skip


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("platform", "trap", "shown", "survived"), TRAPS, ids=[f"{row[0]}: {row[1]}" for row in TRAPS])
def test_every_trap_is_shown_and_survived(platform: str, trap: str, shown: str | None, survived: str) -> None:
    for place in filter(None, (shown, survived)):
        file, name = place.split("::")
        assert name in names_in(file), place
    if survived.startswith(CONTRACT):
        assert (TESTS / "systems" / platform / "test_extractor.py").exists()
    else:
        assert platform.split("_", maxsplit=1)[0] in survived
