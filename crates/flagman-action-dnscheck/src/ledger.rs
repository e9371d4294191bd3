//! The last known addresses of each name, and which changes must still be announced to the
//! secondaries.
//!
//! Only decides: asks, calls and logs nothing. A change is pending from the moment it is seen until
//! an announcement is accepted, even if the records change back meanwhile. A call that failed may
//! have reached the master, and a secondary may have transferred the intermediate records. One
//! NOTIFY too many is harmless. This action exists to prevent one too few.

use std::collections::BTreeMap;
use std::fmt;

use crate::answer::Addresses;
use crate::question::Question;

/// The action's memory.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// The addresses in the last good answers.
    seen: BTreeMap<Question, Addresses>,
    /// The pending changes, each with the addresses before it; `None` if they are unknown.
    owed: BTreeMap<Question, Option<Addresses>>,
}

/// A pending change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change<'a> {
    question: &'a Question,
    from: Option<&'a Addresses>,
    to: &'a Addresses,
}

impl Ledger {
    /// Records the addresses found at set-up, on the assumption that the secondaries have them.
    pub(crate) fn learn(&mut self, question: Question, addresses: Addresses) {
        self.seen.insert(question, addresses);
    }

    /// Records the addresses found by a run. If they differ from the last good answer, the change
    /// becomes pending. The first good answer is also pending if set-up got none, because then
    /// nobody knows what the secondaries have.
    pub(crate) fn observe(&mut self, question: &Question, addresses: Addresses) {
        let before = self.seen.insert(question.clone(), addresses);
        if before.as_ref() != self.seen.get(question) {
            self.owed.entry(question.clone()).or_insert(before);
        }
    }

    /// The pending changes.
    pub(crate) fn owed(&self) -> impl Iterator<Item = Change<'_>> {
        self.owed.iter().filter_map(|(question, from)| {
            let to = self.seen.get(question)?;
            Some(Change { question, from: from.as_ref(), to })
        })
    }

    /// An announcement was accepted, so no change is pending any more.
    pub(crate) fn settle(&mut self) {
        self.owed.clear();
    }
}

impl fmt::Display for Change<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { question, from, to } = self;
        let to = listed(to);
        match from.map(listed) {
            None => write!(formatter, "{question} is {to}, and was not known before"),
            Some(from) if from == to => {
                write!(formatter, "{question} has changed and is {to} again")
            }
            Some(from) => write!(formatter, "{question} has changed from {from} to {to}"),
        }
    }
}

fn listed(addresses: &Addresses) -> String {
    if addresses.is_empty() {
        return "nothing".to_owned();
    }
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    addresses.join(", ")
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::Name;

    use super::{Addresses, Ledger};
    use crate::question::{Kind, Question};

    fn question() -> Question {
        Question { name: Name::from_ascii("www.example.test.").expect("a name"), kind: Kind::A }
    }

    fn set(addresses: &[&str]) -> Addresses {
        addresses.iter().map(|text| text.parse().expect("an address")).collect()
    }

    fn that_learnt(addresses: &[&str]) -> Ledger {
        let mut ledger = Ledger::default();
        ledger.learn(question(), set(addresses));
        ledger
    }

    fn owed(ledger: &Ledger) -> Vec<String> {
        ledger.owed().map(|change| change.to_string()).collect()
    }

    #[test]
    fn what_has_not_changed_is_not_owed() {
        let mut ledger = that_learnt(&["192.0.2.1", "192.0.2.2"]);
        ledger.observe(&question(), set(&["192.0.2.2", "192.0.2.1"]));
        assert!(owed(&ledger).is_empty());
    }

    #[test]
    fn a_change_is_owed_until_it_is_settled() {
        let mut ledger = that_learnt(&["192.0.2.1"]);
        for _ in 0..2 {
            ledger.observe(&question(), set(&["192.0.2.2", "192.0.2.3"]));
            let expected = "www.example.test A has changed from 192.0.2.1 to 192.0.2.2, 192.0.2.3";
            assert_eq!(owed(&ledger), [expected]);
        }
        ledger.settle();
        ledger.observe(&question(), set(&["192.0.2.2", "192.0.2.3"]));
        assert!(owed(&ledger).is_empty());
    }

    #[test]
    fn two_changes_before_an_announcement_are_told_as_one() {
        let mut ledger = that_learnt(&[]);
        ledger.observe(&question(), set(&["192.0.2.2"]));
        ledger.observe(&question(), set(&["192.0.2.3"]));
        assert_eq!(owed(&ledger), ["www.example.test A has changed from nothing to 192.0.2.3"]);
    }

    #[test]
    fn a_change_that_was_undone_before_it_could_be_announced_is_still_owed() {
        let mut ledger = that_learnt(&["192.0.2.1"]);
        ledger.observe(&question(), set(&["192.0.2.2"]));
        ledger.observe(&question(), set(&["192.0.2.1"]));
        assert_eq!(owed(&ledger), ["www.example.test A has changed and is 192.0.2.1 again"]);
    }

    #[test]
    fn the_first_answer_is_owed_where_set_up_got_none() {
        let mut ledger = Ledger::default();
        ledger.observe(&question(), set(&[]));
        assert_eq!(owed(&ledger), ["www.example.test A is nothing, and was not known before"]);
    }
}
