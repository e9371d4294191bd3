//! The table of actions: one entry for each, under an id that is never reused.

use crate::decider::ActionId;

/// One entry for each action. Ids count up, so the entries stay sorted, and they can still be found
/// after one has been removed.
#[derive(Debug)]
pub(crate) struct Table<T> {
    entries: Vec<(ActionId, T)>,
    next: ActionId,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), next: ActionId(0) }
    }
}

impl<T> Table<T> {
    /// Adds an entry under a new id.
    pub(crate) fn add(&mut self, entry: T) -> ActionId {
        let id = self.next;
        self.next = ActionId(id.0 + 1);
        self.entries.push((id, entry));
        id
    }

    pub(crate) fn get(&self, id: ActionId) -> Option<&T> {
        self.place(id).map(|place| &self.entries[place].1)
    }

    pub(crate) fn get_mut(&mut self, id: ActionId) -> Option<&mut T> {
        self.place(id).map(|place| &mut self.entries[place].1)
    }

    /// Takes out an entry. Its id is not given out again.
    pub(crate) fn remove(&mut self, id: ActionId) -> Option<T> {
        self.place(id).map(|place| self.entries.remove(place).1)
    }

    /// The ids of all entries, in order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ActionId> + '_ {
        self.entries.iter().map(|(id, _)| *id)
    }

    /// All entries, in the order of their ids.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (ActionId, &mut T)> {
        self.entries.iter_mut().map(|(id, entry)| (*id, entry))
    }

    /// The same table with something else for each action.
    pub(crate) fn map<U>(&self, entry: impl Fn(&T) -> U) -> Table<U> {
        let entries = self.entries.iter().map(|(id, old)| (*id, entry(old))).collect();
        Table { entries, next: self.next }
    }

    fn place(&self, id: ActionId) -> Option<usize> {
        self.entries.binary_search_by_key(&id, |(id, _)| *id).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{ActionId, Table};

    #[test]
    fn an_entry_is_found_by_the_id_that_it_was_given() {
        let mut table = Table::default();
        let ids = ["a", "b", "c"].map(|name| table.add(name));
        assert_eq!(ids, [ActionId(0), ActionId(1), ActionId(2)]);
        assert_eq!(ids.map(|id| table.get(id).copied()), [Some("a"), Some("b"), Some("c")]);
        assert_eq!(table.get(ActionId(3)), None);
        *table.get_mut(ids[1]).expect("it is there") = "d";
        assert_eq!(table.map(|name| name.len()).get(ids[1]), Some(&1));
        assert_eq!(table.get(ids[1]), Some(&"d"));
        assert_eq!((table.remove(ids[1]), table.remove(ids[1])), (Some("d"), None));
        assert_eq!(table.get(ids[2]), Some(&"c"));
        assert_eq!(table.add("e"), ActionId(3));
        assert!(table.ids().eq([0, 2, 3].map(ActionId)));
    }
}
