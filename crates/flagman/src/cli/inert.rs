//! The fixed registry that tests and fuzz targets read command lines with: the actions that ship, and
//! some with every way to declare arguments, which do nothing.

use flagman_action::{Action, Arguments, Arrival, Completion, Error};

use crate::registry::Registry;

macro_rules! inert_actions {
    ($($(#[$doc:meta])* $name:literal = $action:ident { $($field:ident: $kind:ty),* };)*) => {$(
        $(#[$doc])*
        #[derive(Arguments)]
        #[expect(dead_code, reason = "only the declaration is used")]
        pub(super) struct $action { $($field: $kind),* }

        impl Action for $action {
            const NAME: &'static str = $name;
            type Arguments = Self;

            fn set_up(arguments: Self) -> Result<Self, Error> {
                Ok(arguments)
            }

            fn run(&mut self, _: &Arrival) -> Result<Completion, Error> {
                Ok(Completion::Done)
            }
        }
    )*};
}
inert_actions! {
    /// Takes a word and any number of further ones.
    "many" = Many { command: String, argument: Vec<String> };
    /// Takes a word that may be left out.
    "perhaps" = Perhaps { word: Option<String> };
    /// Takes whole numbers only.
    "numbers" = Numbers { number: Vec<u8> };
}

pub(super) fn registry() -> Registry {
    Registry::standard().with::<Many>().with::<Perhaps>().with::<Numbers>()
}
