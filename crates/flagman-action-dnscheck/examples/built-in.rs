//! flagman with `dnscheck` built in: the same type that the action program serves.
//!
//! Try it: `PDNS_API_URL=... PDNS_API_KEY_FILE=... cargo run -p flagman-action-dnscheck --example
//! built-in -- -v --usr1 dnscheck 127.0.0.1 example.org example.org`.

use std::process::ExitCode;

use flagman::Registry;
use flagman_action_dnscheck::DnsCheck;

fn main() -> ExitCode {
    flagman::main(Registry::with::<DnsCheck>)
}
