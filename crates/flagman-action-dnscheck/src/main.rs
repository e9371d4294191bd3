//! The program `flagman-action-dnscheck`: the action, served to flagman.

use std::process::ExitCode;

use flagman_action_dnscheck::DnsCheck;

fn main() -> ExitCode {
    flagman_action::serve::<DnsCheck>()
}
