//! The program `flagman-action-dnscheck`, which serves the action to flagman.

use std::process::ExitCode;

use flagman_action_dnscheck::DnsCheck;

fn main() -> ExitCode {
    flagman_action::serve::<DnsCheck>()
}
