//! The actions that flagman knows: one list, which the command line is checked against, `--list` prints
//! and actions are set up from.

use std::path::PathBuf;
use std::sync::Arc;

use flagman_base::{Action, Arguments, Arity, Arrival, Completion, Declared, Error, is_valid_name};

use crate::actions::{DelayPrint, Print, PrintOnce};
use crate::actor::{ExecArguments, check_exec};
use crate::limits;

/// The known actions.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Sorted by name. There are few, so a list is enough.
    known: Vec<Known>,
    clash: Option<&'static str>,
}

/// A known action: its description, and how it is checked and set up.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: Arc<str>,
    pub(crate) description: String,
    pub(crate) declared: Vec<Declared>,
    pub(crate) source: Source,
}

/// Where an action lives.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// In this process: how its words are checked without side effects, and how it is set up.
    InProcess { check: Check, set_up: SetUp },
    /// It is `exec`.
    Exec,
    /// It is `reload`.
    Reload,
    /// In a program of its own.
    Program(PathBuf),
}

/// How an in-process action's words are checked.
pub(crate) type Check = fn(&[String]) -> Result<(), String>;

/// How an in-process action is set up.
pub(crate) type SetUp = fn(&[String]) -> Result<Box<dyn Life>, Error>;

/// An in-process action that is set up, whatever its type.
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
        let exec = Known::declared::<ExecArguments>("exec", Source::Exec);
        let reload = Known {
            name: "reload".into(),
            description: "An action that reads the configuration file again and carries out what \
                          has changed."
                .to_owned(),
            declared: Vec::new(),
            source: Source::Reload,
        };
        Self { known: vec![exec, reload], clash: None }
            .with::<Print>()
            .with::<DelayPrint>()
            .with::<PrintOnce>()
    }

    /// Adds an action. If its name is already taken, flagman refuses to start.
    #[must_use]
    pub fn with<A: Action>(mut self) -> Self {
        const {
            assert!(is_valid_name(A::NAME), "an action's name must be [a-z0-9_-]+");
        }
        if self.get(A::NAME).is_some() {
            self.clash = Some(A::NAME);
        } else {
            insert(&mut self.known, Known::of::<A>());
        }
        self
    }

    /// A name that was added twice.
    pub(crate) fn clash(&self) -> Option<&'static str> {
        self.clash
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Known> {
        self.known.iter().find(|known| *known.name == *name)
    }

    /// All of them, sorted by name.
    pub(crate) fn all(&self) -> &[Known] {
        &self.known
    }
}

/// Inserts an action into a list that is sorted by name.
pub(crate) fn insert(sorted: &mut Vec<Known>, new: Known) {
    let place = sorted.partition_point(|known| known.name < new.name);
    sorted.insert(place, new);
}

impl Known {
    fn of<A: Action>() -> Self {
        let check: Check = |words| {
            let arguments = A::Arguments::from_words(words).map_err(|wrong| wrong.to_string());
            A::check(&arguments?)
        };
        let set_up: SetUp = |words| Ok(Box::new(A::set_up(A::Arguments::from_words(words)?)?));
        Self::declared::<A::Arguments>(A::NAME, Source::InProcess { check, set_up })
    }

    fn declared<A: Arguments>(name: &'static str, source: Source) -> Self {
        let (description, declared) = (A::DESCRIPTION.to_owned(), A::DECLARED.to_vec());
        Self { name: name.into(), description, declared, source }
    }

    /// Checks the words after the name, without side effects.
    ///
    /// # Errors
    /// What is wrong, with the word that was typed.
    pub(crate) fn check(&self, words: &[String]) -> Result<(), String> {
        match &self.source {
            Source::InProcess { check, .. } => check(words),
            Source::Reload => Ok(()),
            Source::Exec => check_exec(words).and_then(|()| limits::fit_a_command_line(words)),
            Source::Program(_) => {
                check_kinds(&self.declared, words).and_then(|()| limits::fit_a_message(words))
            }
        }
    }
}

/// Checks each word against the declared type of its argument.
fn check_kinds(declared: &[Declared], words: &[String]) -> Result<(), String> {
    let last = declared.last().filter(|last| last.arity == Arity::Repeated);
    let of_each = declared.iter().chain(std::iter::repeat_n(last, words.len()).flatten());
    for (Declared { name, kind, .. }, word) in of_each.zip(words) {
        let wrong = |should| format!("its argument `{name}` must be {should}, not `{word}`");
        kind.check(word).map_err(wrong)?;
    }
    Ok(())
}
