//! The action `dnscheck`: a check of resolved DNS records.
//!
//! A hidden master expands ALIAS records itself, so their addresses change without a change of the
//! zone, and no secondary hears of it. This action asks the master for the addresses of the names
//! to watch, keeps them in memory between signals, and lets the master send NOTIFY when one has
//! changed.
//!
//! The modules stand in the order in which the data flows: the words of the command line, the
//! environment, the questions, the exchange with the master, what its answers say, what has changed
//! since they were last announced, and the call that announces it. [`DnsCheck`] joins them.

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
