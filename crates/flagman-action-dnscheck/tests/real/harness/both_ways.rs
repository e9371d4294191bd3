//! Makes two modules of tests from one list.

/// Makes two tests from each function: `built_in::NAME` and `action_program::NAME`. The compiler
/// warns about functions that are not in a list, because they are dead code.
macro_rules! both_ways {
    ($($name:ident),+ $(,)?) => {
        mod built_in {
            $(
                #[test]
                fn $name() {
                    super::$name(&super::Program::BuiltIn);
                }
            )+
        }

        mod action_program {
            $(
                #[test]
                fn $name() {
                    super::$name(&super::Program::flagman());
                }
            )+
        }
    };
}

pub(crate) use both_ways;
