//! The action `dnscheck`: a check of resolved DNS records.
//!
//! A hidden master expands ALIAS records itself. So their addresses change without a change of the
//! zone, and the secondaries are not notified. This action asks the master for the addresses of the
//! watched names, keeps them in memory between signals, and makes the master send NOTIFY when one
//! has changed.
//!
//! The modules are in the order of the data flow: the arguments, the environment, the questions,
//! the exchange with the master, its answers, the changes since the last announcement, and the call
//! that announces them. [`DnsCheck`] joins them.

mod arguments;

mod access;

mod question;

mod exchange;

mod answer;

mod ledger;

mod api;

mod action;

#[cfg(test)]
mod fake;

pub use action::DnsCheck;
pub use arguments::DnsCheckArguments;
