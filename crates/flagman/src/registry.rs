//! The actions that flagman knows: one list, from which the command line is checked, `--list` is
//! printed and actions are set up.

use std::collections::BTreeMap;

use flagman_action::{Action, Arguments, Arrival, Completion, Declared, Error, is_valid_name};

use crate::actions::{DelayPrint, Print, PrintOnce};

/// The known actions, by name.
#[derive(Debug)]
pub struct Registry {
    known: BTreeMap<&'static str, Known>,
    clash: Option<&'static str>,
}

/// A known action: what it says of itself, and how it comes to life.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) declared: &'static [Declared],
    /// Checks the words after the name, without side effects.
    pub(crate) check: fn(&[String]) -> Result<(), String>,
    /// Sets it up with these words.
    pub(crate) set_up: SetUp,
}

type SetUp = fn(&[String]) -> Result<Box<dyn Life>, Error>;

/// An action that is set up, whatever its type.
pub(crate) trait Life {
    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error>;
    fn tear_down(self: Box<Self>) -> Result<(), Error>;
}

impl<A: Action> Life for A {
    fn run(&mut self, arrival: &Arrival) -> Result<Completion, Error> {
        Action::run(self, arrival)
    }

    fn tear_down(self: Box<Self>) -> Result<(), Error> {
        Action::tear_down(*self)
    }
}

impl Registry {
    /// The actions that ship with flagman.
    #[must_use]
    pub fn standard() -> Self {
        let empty = Self { known: BTreeMap::new(), clash: None };
        empty.with::<Print>().with::<DelayPrint>().with::<PrintOnce>()
    }

    /// Adds an action. A name that is taken already is refused when flagman starts.
    #[must_use]
    pub fn with<A: Action>(mut self) -> Self {
        const {
            assert!(is_valid_name(A::NAME), "an action's name must be [a-z0-9_-]+");
        }
        if self.known.contains_key(A::NAME) {
            self.clash = Some(A::NAME);
        } else {
            self.known.insert(A::NAME, Known::of::<A>());
        }
        self
    }

    /// A name that two actions have.
    pub(crate) fn clash(&self) -> Option<&'static str> {
        self.clash
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Known> {
        self.known.get(name)
    }

    /// All of them, sorted by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Known> {
        self.known.values()
    }
}

impl Known {
    fn of<A: Action>() -> Self {
        Self {
            name: A::NAME,
            description: A::Arguments::DESCRIPTION,
            declared: A::Arguments::DECLARED,
            check: |words| {
                let arguments = A::Arguments::from_words(words).map_err(|wrong| wrong.to_string());
                A::check(&arguments?)
            },
            set_up: |words| Ok(Box::new(A::set_up(A::Arguments::from_words(words)?)?)),
        }
    }
}
