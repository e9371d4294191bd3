//! The tests, by what an administrator does. To add one, add a function and a row here.

mod hidden_master;
mod installing;
mod journal;
mod options;
mod reloading;
mod sandbox;
mod signals;
mod starting;
mod stopping;
mod watchdog;

use crate::suite::Test;

/// Builds the table of tests. The name of a test is its path.
macro_rules! tests {
    ($($file:ident :: $name:ident),* $(,)?) => {
        &[$((concat!(stringify!($file), "::", stringify!($name)), $file::$name)),*]
    };
}

/// All tests, in the order in which they run.
pub(crate) const TESTS: &[Test] = tests![
    installing::the_packages_bring_the_program_and_register_the_action,
    installing::systemd_finds_no_fault_with_the_units,
    installing::an_upgrade_restarts_what_runs,
    installing::removing_stops_what_runs_and_keeps_its_configuration,
    installing::removing_ends_what_waits_to_be_started_again,
    installing::purging_leaves_nothing_behind,
    starting::an_instance_starts_from_its_line_and_its_status_is_in_words,
    starting::one_line_and_two_units_make_an_hourly_check,
    starting::a_misspelt_action_fails_the_start_and_the_last_line_says_which_word,
    starting::a_set_up_may_take_longer_than_systemds_patience_within_its_timeout,
    starting::an_instance_without_a_file_fails_the_start_and_says_which_it_misses,
    starting::an_instance_starts_from_its_configuration_file_and_options_beside_it_add_to_it,
    starting::a_flagman_that_was_killed_is_started_again,
    options::words_with_quotes_and_semicolons_arrive_unharmed,
    options::the_words_can_be_checked_without_starting_anything,
    signals::systemctl_kill_runs_the_actions_and_hurts_no_action_program,
    signals::the_timer_fires_and_its_signal_arrives,
    signals::the_file_of_options_chooses_the_timers_signal,
    signals::no_signal_is_sent_to_an_instance_that_does_not_run,
    signals::a_forged_failure_changes_nothing,
    reloading::a_reload_returns_when_its_slow_action_has_ended,
    reloading::each_of_three_at_once_is_followed_by_a_run_that_started_after_it,
    reloading::one_that_is_asked_for_while_another_signals_action_blocks_begins_at_once,
    reloading::a_sighup_during_a_reload_is_not_dropped_and_prolongs_it,
    reloading::one_whose_action_fails_succeeds_and_the_status_tells_the_failure,
    reloading::an_action_may_take_longer_than_systemds_patience_within_its_timeout,
    reloading::a_signal_by_hand_leaves_no_reload_behind,
    reloading::an_instance_with_nothing_to_reload_is_refused,
    reloading::without_the_option_a_reload_fails,
    watchdog::an_action_that_hangs_for_ever_gets_the_service_restarted,
    watchdog::programs_may_take_longer_than_the_watchdog_waits,
    journal::each_line_has_the_priority_of_its_level,
    journal::the_form_of_lines_can_be_chosen,
    stopping::every_action_is_torn_down_the_programs_too,
    stopping::a_command_that_would_not_end_is_ended_within_the_grace,
    sandbox::exec_may_do_what_scripts_do_and_not_more,
    sandbox::a_drop_in_lets_an_action_be_root,
    hidden_master::an_instance_that_was_started_before_the_master_comes_up_by_itself,
    hidden_master::the_shipped_units_announce_a_changed_address,
];
