//! One list of tests, and two modules of them.

/// Makes tests of these functions, each through both ways: as `built_in::NAME`, and as
/// `action_program::NAME`. A function that is not in a list is dead code, of which the compiler warns.
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
